import { assertNever } from "../assert-never.ts";
import type { Job } from "../job.ts";
import type { Context, Effect, Transition } from "../job-event.ts";
import { isAtRest } from "../job-state.ts";
import type { RunStatus } from "../job-status.ts";
import { nextTime, type Schedule, timeToCatchUp } from "../schedule.ts";
import { longestWaitMs } from "./attempt.ts";
import { assign, changed, runOf, setNextTime, startSchedule, unchanged, update } from "./job-update.ts";
import { occasionOf } from "./run.ts";
import { afterRun } from "./run-end.ts";
import { beginOrSchedule, beginOrWait } from "./turn.ts";

/** Transitions after a restart: the server that was there before is gone, and with it every run. */

export function recoverRunning(job: Job, _event: unknown, context: Context): Transition {
  const lost = loseRun(job, context.nowMs);
  return lost.with(makeUpFor(lost.job, context));
}

/** What was to follow the stop follows now. */
export function recoverStopping(job: Job, _event: unknown, context: Context): Transition {
  const { afterStop = { kind: "stopped" } } = job;
  const lost = loseRun(job, context.nowMs);
  switch (afterStop.kind) {
    case "lost":
    case "timed-out":
      return recoverRunning(job, _event, context);
    case "stopped":
      return lost.with(changed(update(lost.job, { state: "stopped" })));
    case "scheduled":
      return lost.with(changed(catchUp(atRest(lost.job), context)));
    case "replaced": {
      const next = startSchedule(assign(lost.job, afterStop.by), context);
      const begun = beginOrSchedule(next, { ...context, command: afterStop.by.command });
      return lost.with(begun.kind === "rejected" ? changed(atRest(next)) : begun);
    }
    default:
      return assertNever(afterStop);
  }
}

/** A run that the drain cut short, and that another is to make up for. */
export function recoverLost(job: Job, _event: unknown, context: Context): Transition {
  if (job.owed === undefined) return unchanged;
  const begun = beginOrWait(job, job.owed, context);
  return begun.kind === "rejected" ? changed(update(job, {}, { owed: undefined })) : begun;
}

/** It waits for its next time, or else for its turn: the times that passed meanwhile are counted. */
export function recoverWaiting(job: Job, _event: unknown, context: Context): Transition {
  const caughtUp = catchUp(job, context);
  return caughtUp === job ? unchanged : changed(caughtUp);
}

/** It waits for its next attempt, as for its turn; but no longer than that can be, for the clock may have been put back. */
export function recoverRetrying(job: Job, _event: unknown, context: Context): Transition {
  const caughtUp = catchUp(job, context);
  const run = runOf(job);
  const latestMs = context.nowMs + longestWaitMs(context.type);
  const isTooLate = run.nextAttemptTimeMs !== undefined && run.nextAttemptTimeMs > latestMs;
  if (!isTooLate) return caughtUp === job ? unchanged : changed(caughtUp);
  return changed(update(caughtUp, { currentRun: { ...run, nextAttemptTimeMs: latestMs } }));
}

/** Runs the job again where its type says so, or where another run was to follow anyway. */
function makeUpFor(job: Job, context: Context): Transition {
  const { type } = context;
  const owed = job.owed ?? (type.onLost === "restart" ? occasionOf(job) : undefined);
  if (owed !== undefined && job.status.desiredState === "running") {
    const begun = beginOrWait(catchUp(update(job, {}, { owed }), context), owed, context);
    if (begun.kind !== "rejected") return begun;
  }
  return changed(catchUp(atRest(job), context));
}

/** The run is over, though nobody saw its end. */
function loseRun(job: Job, nowMs: number) {
  const current = runOf(job);
  const { attempt } = current;
  const message = "Its server ended while it ran";
  const run: RunStatus = {
    ...current,
    state: "lost",
    endTimeMs: nowMs,
    error: { reason: "LOST", message, retryable: true, attempt, timeMs: nowMs },
  };
  const record: Effect = { kind: "recordRun", run };
  return {
    job: update(job, { currentRun: run, reason: "LOST", message }, { afterStop: undefined, forced: false }),
    with: (next: Transition): Transition =>
      next.kind === "changed" ? changed(next.job, [record, ...next.effects]) : next,
  };
}

function atRest(job: Job): Job {
  const { reason, message } = job.status;
  return update(job, afterRun(job, "lost", { reason, message }));
}

/**
 * Counts the times that passed meanwhile, and makes up for the last of them if that is not too long ago. What still has a
 * run to finish does so only where another may follow that.
 */
function catchUp(job: Job, context: Context): Job {
  const { schedule, nextRunTimeMs, counters, state } = job.status;
  const { nowMs, cron } = context;
  if (schedule === undefined || nextRunTimeMs === undefined) return job;
  if (nextRunTimeMs > nowMs) return bringForward(job, schedule, context);
  const moment = { lastMs: job.dueMs ?? nextRunTimeMs, nowMs };
  const next = nextTime(schedule, moment, cron);
  const mayFollow = isAtRest(state) || schedule.overlap === "buffer-one";
  const caughtUpMs = mayFollow && job.owed === undefined ? timeToCatchUp(schedule, moment, cron) : undefined;
  const missed = counters.missed + next.missed + (caughtUpMs === undefined ? 1 : 0);
  const moved = setNextTime(job, next.timeMs, context);
  return update(
    moved,
    { counters: { ...counters, missed } },
    caughtUpMs === undefined ? {} : { owed: { scheduledTimeMs: caughtUpMs } },
  );
}

/** Where the clock was put back meanwhile, nobody is to wait until it has caught up. */
function bringForward(job: Job, schedule: Schedule, context: Context): Job {
  const { nowMs, cron } = context;
  if (job.status.updateTimeMs <= nowMs) return job;
  const latest = nextTime(schedule, { lastMs: nowMs, nowMs }, cron).timeMs;
  return latest !== undefined && (job.dueMs ?? 0) > latest ? setNextTime(job, latest, context) : job;
}
