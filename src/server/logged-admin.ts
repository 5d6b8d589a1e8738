import type { AdminControl } from "../control/admin-control.ts";
import type { Log } from "./log.ts";

/** The operator's side of the core, with a line in the log for all that changes something: who asked, and why. */
export function logAdmin(admin: AdminControl, log: Log): AdminControl {
  return {
    stats: () => admin.stats(),
    watchStats: (intervalMs, call) => admin.watchStats(intervalMs, call),

    async updateLimits(request, call) {
      const stats = await admin.updateLimits(request, call);
      const { limits } = stats;
      const { peer } = call;
      const { reason } = request;
      log.info({ peer, reason, tokensPerSecond: limits?.rate, burst: limits?.burst }, "Limits changed");
      return stats;
    },

    async drain(request, call) {
      const { peer } = call;
      log.info({ peer, ...request }, "Asked to drain");
      const commands = await admin.drain(request, call);
      log.info(commands, "Commands drained");
      return commands;
    },
  };
}
