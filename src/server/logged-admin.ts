import type { AdminControl } from "../control/admin-control.ts";
import type { Call } from "../control/job-control.ts";
import type { Log } from "./log.ts";
import { traceFields } from "./trace-fields.ts";

/** The operator's side of the core, with a line in the log for all that changes something: who asked, and why. */
export function logAdmin(admin: AdminControl, log: Log): AdminControl {
  return {
    stats: () => admin.stats(),
    watchStats: (intervalMs, call) => admin.watchStats(intervalMs, call),

    async updateLimits(request, call) {
      const stats = await admin.updateLimits(request, call);
      const { limits } = stats;
      const { reason } = request;
      const { rate: tokensPerSecond, burst } = limits ?? {};
      log.info({ ...callFields(call), reason, tokensPerSecond, burst }, "Limits changed");
      return stats;
    },

    async drain(request, call) {
      log.info({ ...callFields(call), ...request }, "Asked to drain");
      const commands = await admin.drain(request, call);
      log.info({ ...commands, ...traceFields(call.trace) }, "Commands drained");
      return commands;
    },
  };
}

function callFields({ peer, trace }: Call): object {
  return { peer, ...traceFields(trace) };
}
