import type { Assignment, Job, Occasion } from "../job.ts";
import { etagOf } from "../job.ts";
import type { Effect, Transition } from "../job-event.ts";
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

export function assign(job: Job, { input, schedule, labels }: Assignment): Job {
  const given = Object.keys(labels).length > 0 ? labels : job.status.labels;
  return update(job, { schedule, labels: given }, { input });
}

/** Sets the schedule going: its first time is now, and the next one follows from there. */
export function startSchedule(job: Job, nowMs: number): Job {
  const anchored = update(job, {}, { anchorMs: nowMs });
  return update(anchored, { nextRunTimeMs: nextRunTimeOf(anchored, nowMs) });
}

/** The run that a Start brings about: of a scheduled job it is the first of its schedule. */
export function firstOccasion({ status }: Job, nowMs: number): Occasion {
  return { scheduledTimeMs: status.schedule && nowMs };
}

/** The next time of its schedule; undefined without a schedule. */
export function nextRunTimeOf({ status, anchorMs }: Job, nowMs: number): number | undefined {
  return status.schedule && nextTime(status.schedule, anchorMs ?? nowMs, nowMs).timeMs;
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
