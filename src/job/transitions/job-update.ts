import type { Assignment, Job, Occasion } from "../job.ts";
import { etagOf } from "../job.ts";
import type { Context, Effect, Transition } from "../job-event.ts";
import type { JobStatus, RunStatus } from "../job-status.ts";
import { nextTime } from "../schedule.ts";

/** The pieces that transitions are made of. Each makes a new job; none changes one. */
export const unchanged: Transition = { kind: "unchanged" };

export function runOf(job: Job): RunStatus {
  const { currentRun, jobId, state } = job.status;
  if (currentRun === undefined) throw new TypeError(`Job in state ${state} has no run: ${jobId}`);
  return currentRun;
}

/** Counts a command, which gives the job a new etag. */
export function countCommand(job: Job): Job {
  const generation = job.generation + 1;
  return update(job, { etag: etagOf(job.status.uid, generation) }, { generation });
}

export function assign(job: Job, { input, schedule, followsType, labels }: Assignment): Job {
  const given = Object.keys(labels).length > 0 ? labels : job.status.labels;
  return update(job, { schedule, labels: given }, { input, followsType });
}

/** Sets the schedule going. An interval has its first time now; a cron expression when it comes. */
export function startSchedule(job: Job, context: Context): Job {
  const anchored = update(job, {}, { anchorMs: context.nowMs });
  return setNextTime(anchored, nextTimeOf(anchored, context), context);
}

/** The run that a Start brings about: of an interval it is the first. Undefined where the first time is to be waited for. */
export function firstOccasion(
  { status: { schedule } }: Job,
  { nowMs, command }: Pick<Context, "nowMs" | "command">,
): Occasion | undefined {
  if (schedule === undefined) return { command };
  return schedule.kind === "interval" ? { scheduledTimeMs: nowMs, command } : undefined;
}

/** The next time of its schedule, and when the run begins that belongs to it. */
export function setNextTime(job: Job, timeMs: number | undefined, { random }: Context): Job {
  const { schedule } = job.status;
  if (schedule === undefined || timeMs === undefined) return withoutNextTime(job);
  const delayMs = Math.floor(random * ((schedule.jitterMs ?? 0) + 1));
  return update(job, { nextRunTimeMs: timeMs + delayMs }, { dueMs: timeMs });
}

function withoutNextTime(job: Job): Job {
  if (job.status.nextRunTimeMs === undefined && job.dueMs === undefined) return job;
  return update(job, { nextRunTimeMs: undefined }, { dueMs: undefined });
}

/** The next time of its schedule; of an interval it is counted from where that was set going. Undefined without a schedule. */
export function nextTimeOf({ status, anchorMs }: Job, { nowMs, cron }: Context): number | undefined {
  const { schedule } = status;
  if (schedule?.kind === "cron") return cron.after(schedule, nowMs);
  return schedule && nextTime(schedule, { lastMs: anchorMs ?? nowMs, nowMs }, cron).timeMs;
}

/** It waits for its next time. */
export function waitForTime(job: Job): Transition {
  const why = { reason: "SCHEDULED", message: "Waiting for its first time" };
  return changed(update(job, { state: "scheduled", ...why }, { owed: undefined }));
}

export function update(job: Job, status: Partial<JobStatus>, rest: Partial<Omit<Job, "status">> = {}): Job {
  return { ...job, ...rest, status: { ...job.status, ...status } };
}

export function changed(job: Job, effects: readonly Effect[] = []): Transition {
  return { kind: "changed", job, effects };
}

export function alreadyRunning(job: Job): Transition {
  return rejected("JOB_RUNNING", `Job is already running: ${job.status.jobId}`, job);
}

export function wrongState(message: string, job: Job): Transition {
  return rejected("WRONG_STATE", `${message}: ${job.status.jobId}`, job);
}

function rejected(code: "JOB_RUNNING" | "WRONG_STATE", message: string, { status }: Job): Transition {
  const metadata = { jobId: status.jobId, state: status.state.toUpperCase() };
  return { kind: "rejected", refusal: { code, message, metadata } };
}

/** `Stopped`, or `Stopped: no longer needed`. */
export function withReason(what: string, { reason }: { reason: string }): string {
  return reason === "" ? what : `${what}: ${reason}`;
}
