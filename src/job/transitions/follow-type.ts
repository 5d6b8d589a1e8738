import type { Job } from "../job.ts";
import type { Context } from "../job-event.ts";
import { isAtRest, isSettled } from "../job-state.ts";
import { isSameSchedule } from "../schedule.ts";
import { startSchedule, update } from "./job-update.ts";

/**
 * What a restart brings besides its own: another configuration. A job whose schedule is its type's goes by the new one from
 * now on, as if it had been set going at this moment. Where the type has none any more, a job that only waited for its
 * time has nothing to wait for.
 */
export function followType(job: Job, context: Context): Job {
  const { type, nowMs } = context;
  const { schedule, state, desiredState } = job.status;
  if (!job.followsType || type.isDeclared === false || isSameSchedule(schedule, type.schedule)) return job;
  const reset = { schedule: type.schedule, nextRunTimeMs: undefined };
  const followed = update(job, reset, { dueMs: undefined, anchorMs: nowMs });
  // One that was cut short has a run to make up for, and then goes on by the schedule.
  if (isSettled(state) && job.owed === undefined) return followed;
  if (type.schedule !== undefined)
    return desiredState === "running" ? startSchedule(followed, context) : followed;
  if (!isAtRest(state))
    return desiredState === "paused" ? update(followed, { desiredState: "stopped" }) : followed;
  const why = { reason: "SCHEDULE_REMOVED", message: "Its type has no schedule any more" };
  return update(
    followed,
    { state: "stopped", desiredState: "stopped", ...why },
    { owed: undefined, pausedFor: undefined },
  );
}
