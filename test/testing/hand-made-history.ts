import { type Change, createJob } from "../../src/job/job.ts";
import type { JobState } from "../../src/job/job-state.ts";
import type { JobStatus } from "../../src/job/job-status.ts";
import { JobHistory } from "../../src/testing/job-history.ts";

export interface Step {
  readonly jobId: string;
  readonly state: JobState;
  /** Default: none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Set: nothing but progress has changed. */
  readonly percent?: number;
  /** The run that is going on. Default: none is */
  readonly runId?: string;
  /** Default: false */
  readonly removed?: boolean;
}

/** A history of what a test says, one revision a step. */
export function historyOf(...steps: readonly Step[]): JobHistory {
  const states = new Map<string, JobState>();
  const changes = steps.map((step, index): Change => {
    const { jobId, state, removed = false, percent } = step;
    const previousState = states.get(jobId);
    if (removed) states.delete(jobId);
    else states.set(jobId, state);
    const progressOnly = percent !== undefined;
    const kind = removed ? "removed" : "changed";
    return { revision: index + 1, kind, status: statusOf(step, index + 1), previousState, progressOnly };
  });
  return new JobHistory(changes);
}

function statusOf({ jobId, state, labels = {}, percent, runId }: Step, revision: number): JobStatus {
  const { status } = createJob({ jobId, jobType: "job", uid: jobId, nowMs: 0 });
  const progress = percent === undefined ? undefined : { current: percent, ...ofHundred };
  const run = { state: "running", attempt: 1, maxAttempts: 1, startTimeMs: 0 } as const;
  const currentRun = runId === undefined ? undefined : { runId, progress, ...run };
  return { ...status, state, labels, revision, currentRun };
}

const ofHundred = { total: 100, unit: "", message: "", stage: "" };
