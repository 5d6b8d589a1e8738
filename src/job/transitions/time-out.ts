import type { Job } from "../job.ts";
import type { Context, Transition } from "../job-event.ts";
import { update } from "./job-update.ts";
import { askToStop } from "./stop.ts";

/** The attempt has taken as long as its type allows: it is asked to end, by force where it does not. */
export function timeOut(job: Job, _event: unknown, { nowMs, type }: Context): Transition {
  const stop = { requestedBy: "", reason: "It took too long", graceMs: type.stopGraceMs };
  return askToStop(update(job, {}, { timesOutMs: undefined }), { kind: "timed-out" }, { stop, nowMs });
}
