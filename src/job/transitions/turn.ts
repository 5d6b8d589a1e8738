import { assertNever } from "../assert-never.ts";
import type { Job, Occasion } from "../job.ts";
import type { AlarmTime, Context, Transition } from "../job-event.ts";
import { isBefore, nextTime } from "../schedule.ts";
import {
  changed,
  firstOccasion,
  nextTimeOf,
  setNextTime,
  unchanged,
  update,
  waitForTime,
} from "./job-update.ts";
import { beginRun } from "./run.ts";
import { askToStop } from "./stop.ts";

/** Whose turn it is: jobs that wait for a slot of their type, for their time, or for the run before. */

/** What a Start brings about: a run, or the wait for the first time of a schedule. */
export function beginOrSchedule(job: Job, context: Context): Transition {
  const occasion = firstOccasion(job, context);
  return occasion === undefined ? waitForTime(job) : beginOrWait(job, occasion, context);
}

/** Begins a run if its type has a slot for it; else the job waits for one, or is refused where the queue is full. */
export function beginOrWait(job: Job, occasion: Occasion, context: Context): Transition {
  const { slot } = context;
  switch (slot.kind) {
    case "free":
      return beginRun(job, occasion, context);
    case "taken":
      return changed(wait(job, occasion, slot.ahead));
    case "queueFull":
      return queueFull(job, slot.capacity);
    default:
      return assertNever(slot);
  }
}

function wait(job: Job, occasion: Occasion, ahead: number): Job {
  const place = ahead === 0 ? "next in line" : `${ahead} ahead when it came`;
  return update(
    job,
    {
      state: "pending",
      reason: "WAITING_FOR_SLOT",
      message: `Waiting for a free slot of its type, ${place}`,
    },
    { owed: occasion },
  );
}

function queueFull({ status }: Job, capacity: number): Transition {
  const { jobId, jobType } = status;
  const metadata = { jobId, jobType, capacity: String(capacity) };
  const message = `Queue of the job type is full: ${jobType}`;
  return { kind: "rejected", refusal: { code: "QUEUE_FULL", message, metadata } };
}

export function takeSlot(job: Job, _event: unknown, context: Context): Transition {
  return beginRun(job, job.owed ?? {}, context);
}

/** Another job took its place in the queue: what it waited for will not happen. */
export function evict(job: Job): Transition {
  const why = { reason: "EVICTED", message: "Thrown out of the full queue of its type" };
  if (job.status.schedule === undefined)
    return changed(update(job, { state: "failed", ...why }, { owed: undefined }));
  const state = job.status.desiredState === "paused" ? "paused" : "scheduled";
  const { counters } = job.status;
  const skipped = { ...counters, skippedOverlap: counters.skippedOverlap + 1 };
  return changed(update(job, { state, counters: skipped, ...why }, { owed: undefined }));
}

/** Its time has come, or there is a run that is owed. */
export function runDue(job: Job, event: AlarmTime, context: Context): Transition {
  if (job.owed !== undefined) return beginInTurn(job, job.owed, context);
  const { schedule, nextRunTimeMs, counters } = job.status;
  if (schedule === undefined || nextRunTimeMs === undefined) return unchanged;
  if (isBefore(schedule, { timeMs: nextRunTimeMs, leftMs: event.leftMs }, context.nowMs))
    return waitAnew(job, event, context);
  const scheduledTimeMs = job.dueMs ?? nextRunTimeMs;
  const next = nextTime(schedule, { lastMs: scheduledTimeMs, nowMs: context.nowMs }, context.cron);
  const counted = update(job, { counters: { ...counters, missed: counters.missed + next.missed } });
  return beginInTurn(setNextTime(counted, next.timeMs, context), { scheduledTimeMs }, context);
}

/** The clock was put back: what comes next by it may be another time, and the rest of an interval ends at another. */
function waitAnew(job: Job, { leftMs = 0 }: AlarmTime, context: Context): Transition {
  const { schedule, nextRunTimeMs = 0 } = job.status;
  if (schedule?.kind !== "interval") return changed(setNextTime(job, nextTimeOf(job, context), context));
  const byMs = context.nowMs + leftMs - nextRunTimeMs;
  const { dueMs = nextRunTimeMs, anchorMs = dueMs } = job;
  const moved = { dueMs: dueMs + byMs, anchorMs: anchorMs + byMs };
  return changed(update(job, { nextRunTimeMs: nextRunTimeMs + byMs }, moved));
}

/** As `beginOrWait`; a time that finds the queue full is skipped, for nobody is there to be refused. */
function beginInTurn(job: Job, occasion: Occasion, context: Context): Transition {
  const begun = beginOrWait(job, occasion, context);
  if (begun.kind !== "rejected") return begun;
  const { counters } = job.status;
  const status = {
    counters: { ...counters, skippedOverlap: counters.skippedOverlap + 1 },
    reason: begun.refusal.code,
    message: begun.refusal.message,
  };
  return changed(update(job, status, { owed: undefined }));
}

/** A time of the schedule that comes while the job still runs, or still waits for its turn. */
export function overlap(job: Job, event: AlarmTime, context: Context): Transition {
  const { nowMs, type, cron } = context;
  const { schedule, nextRunTimeMs, counters, state } = job.status;
  if (schedule === undefined || nextRunTimeMs === undefined) return unchanged;
  if (isBefore(schedule, { timeMs: nextRunTimeMs, leftMs: event.leftMs }, nowMs))
    return waitAnew(job, event, context);
  const scheduledTimeMs = job.dueMs ?? nextRunTimeMs;
  const next = nextTime(schedule, { lastMs: scheduledTimeMs, nowMs }, cron);
  const isKept = schedule.overlap !== "skip" && job.owed === undefined;
  const skipped = next.missed + (isKept ? 0 : 1);
  const moved = update(
    setNextTime(job, next.timeMs, context),
    { counters: { ...counters, skippedOverlap: counters.skippedOverlap + skipped } },
    isKept ? { owed: { scheduledTimeMs } } : {},
  );
  if (schedule.overlap !== "cancel-running" || state !== "running") return changed(moved);
  return cancelForNext(moved, { reason: "Its next time has come", graceMs: type.stopGraceMs }, nowMs);
}

/** Stops the run, and has the owed one follow. */
export function cancelForNext(
  job: Job,
  { reason, graceMs, requestedBy = "" }: { reason: string; graceMs: number; requestedBy?: string },
  nowMs: number,
): Transition {
  return askToStop(job, { kind: "scheduled" }, { stop: { requestedBy, reason, graceMs }, nowMs });
}
