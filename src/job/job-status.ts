import type { DesiredState, JobState } from "./job-state.ts";
import type { Schedule } from "./schedule.ts";

/**
 * What is known of a job at one revision. Every status is frozen in time: a change makes a new object, so a
 * status can be handed to any number of readers and be encoded once for all of them. Times are milliseconds
 * since 1970 in UTC.
 */
export interface JobStatus {
  readonly jobId: string;
  readonly jobType: string;
  readonly state: JobState;
  readonly desiredState: DesiredState;
  /** How many runs have started. */
  readonly executionCount: number;
  readonly lastExecutionTimeMs?: number | undefined;
  /** One sentence for a person. */
  readonly message: string;
  /** Stable, UPPER_SNAKE_CASE, for a program. Empty where there is nothing to say. */
  readonly reason: string;
  /** The revision at which this status was committed. One count for all jobs. */
  readonly revision: number;
  /** Changes with every command that changes the job, never with progress. */
  readonly etag: string;
  /** A job made anew under an old id has another. */
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
  readonly nextRunTimeMs?: number | undefined;
  readonly counters: Counters;
  /** The run that is going on, or else the last one. */
  readonly currentRun?: RunStatus | undefined;
  readonly schedule?: Schedule | undefined;
}

/** Counts runs, except for `retries` (attempts) and the last two (times of the schedule). */
export interface Counters {
  readonly succeeded: number;
  readonly failed: number;
  readonly stopped: number;
  readonly timedOut: number;
  readonly retries: number;
  readonly consecutiveFailures: number;
  readonly skippedOverlap: number;
  readonly missed: number;
}

export const noCounts: Counters = {
  succeeded: 0,
  failed: 0,
  stopped: 0,
  timedOut: 0,
  retries: 0,
  consecutiveFailures: 0,
  skippedOverlap: 0,
  missed: 0,
};

/** One execution of a job. */
export interface RunStatus {
  readonly runId: string;
  readonly state: JobState;
  /** From 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly scheduledTimeMs?: number | undefined;
  readonly startTimeMs: number;
  readonly endTimeMs?: number | undefined;
  /** Set while `retrying`. */
  readonly nextAttemptTimeMs?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly error?: JobFailure | undefined;
  readonly stopping?: Stopping | undefined;
  /** Process jobs: the exit code, or 128 + the number of the signal that ended it. */
  readonly exitCode?: number | undefined;
  /** Set once the fallback of its type does the work. */
  readonly fallback?: Fallback | undefined;
}

/** Another work that does it where that of the type has failed for good, or was not tried. */
export interface Fallback {
  readonly startTimeMs: number;
  /** What led there. */
  readonly cause: JobFailure;
}

/** The run of the job that has not ended. */
export function runGoingOn({ currentRun }: JobStatus): RunStatus | undefined {
  return currentRun?.endTimeMs === undefined ? currentRun : undefined;
}

export interface Progress {
  readonly current: number;
  /** 0: not known. */
  readonly total: number;
  readonly unit: string;
  readonly message: string;
  readonly stage: string;
}

/** A failure of the job's own work; it never becomes an error of an RPC. */
export interface JobFailure {
  readonly reason: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly attempt: number;
  readonly timeMs: number;
}

/** A stop that was asked for and is not over yet, or how the run was stopped. */
export interface Stopping {
  readonly requestTimeMs: number;
  /** Who asked: the peer of the RPC, or what in the server did. */
  readonly requestedBy: string;
  readonly reason: string;
  /** True once the work was told. */
  readonly acknowledged: boolean;
  /** When it is ended by force. */
  readonly forceTimeMs: number;
}
