import { type JobError, JobState, type JobStatus, type RunStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { msOf } from "../words/time.ts";

/** A job as the page knows it: its status, and what earlier ones said that the present one does not say any more. */
export interface KnownJob {
  readonly status: JobStatus;
  /** Its name, such that numbers in it sort by what they count. */
  readonly sortKey: string;
  /** The runs that ended last, the oldest first. */
  readonly ended: readonly EndedRun[];
  /** The failure that came last, of whichever run. */
  readonly lastError: JobError | undefined;
  /** True: its past runs have been read, and not only those that were seen to end. */
  readonly hasHistory: boolean;
}

export interface EndedRun {
  readonly runId: string;
  readonly ms: number;
  readonly state: JobState;
}

/** With its new status. A job that was made anew under its old id has no past. */
export function knownJob(status: JobStatus, before: KnownJob | undefined): KnownJob {
  const past = before?.status.uid === status.uid ? before : undefined;
  return {
    status,
    sortKey: before?.sortKey ?? sortKeyOf(status.jobId),
    ended: withEnded(past?.ended ?? [], status.currentRun),
    lastError: status.currentRun?.error ?? past?.lastError,
    hasHistory: past?.hasHistory ?? false,
  };
}

/** With its past runs, the newest first, as they were read a moment ago. */
export function withRuns(job: KnownJob, runs: readonly RunStatus[]): KnownJob {
  let ended: readonly EndedRun[] = [];
  for (const run of runs.toReversed()) ended = withEnded(ended, run);
  for (const run of job.ended) if (!ended.some(({ runId }) => runId === run.runId)) ended = [...ended, run];
  const lastError = job.lastError ?? runs.find(({ error }) => error !== undefined)?.error;
  return { ...job, ended: ended.slice(-mostEnded), lastError, hasHistory: true };
}

/** The failure that its latest work ended with, where nothing went well since. */
export function presentError({ status, lastError }: KnownJob): JobError | undefined {
  const { state, counters } = status;
  const isBad = state === JobState.FAILED || state === JobState.RETRYING || state === JobState.LOST;
  return isBad || (counters?.consecutiveFailures ?? 0n) > 0n ? lastError : undefined;
}

function withEnded(ended: readonly EndedRun[], run: RunStatus | undefined): readonly EndedRun[] {
  const startMs = msOf(run?.startTime);
  const endMs = msOf(run?.endTime);
  if (run === undefined || startMs === undefined || endMs === undefined) return ended;
  const { runId, state } = run;
  if (ended.some((other) => other.runId === runId)) return ended;
  return [...ended, { runId, state, ms: Math.max(0, endMs - startMs) }].slice(-mostEnded);
}

function sortKeyOf(jobId: string): string {
  return jobId.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(12, "0"));
}

const mostEnded = 20;
