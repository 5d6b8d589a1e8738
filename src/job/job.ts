import type { JobState } from "./job-state.ts";
import { type JobStatus, noCounts, type RunStatus } from "./job-status.ts";
import type { JsonObject } from "./json.ts";
import type { Schedule } from "./schedule.ts";

/** A job as it is kept: its status, and what is not shown in every status. */
export interface Job {
  readonly status: JobStatus;
  readonly input?: JsonObject | undefined;
  /** What the last run that succeeded returned. */
  readonly result?: JsonObject | undefined;
  /** How many commands have changed it; the etag is made of it. */
  readonly generation: number;
  /** What follows when the run that is being stopped has ended. Set while `stopping`, and only then. */
  readonly afterStop?: AfterStop | undefined;
  /** True once the run that is being stopped was ended by force. */
  readonly forced: boolean;
}

export type AfterStop =
  | { readonly kind: "stopped" }
  /** Only the run was cancelled; the schedule goes on. */
  | { readonly kind: "scheduled" }
  /** The server shuts down: the run counts like one lost in a crash. */
  | { readonly kind: "lost" }
  | { readonly kind: "replaced"; readonly by: Assignment };

/** What a Start brings: what the job is to do, and how it is labelled. */
export interface Assignment {
  readonly input?: JsonObject | undefined;
  readonly schedule?: Schedule | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** One revision: a job changed, or was removed (`status` is then its last). */
export interface Change {
  readonly revision: number;
  readonly kind: "changed" | "removed";
  readonly status: JobStatus;
  /** Unset for a job that was not there before. */
  readonly previousState?: JobState | undefined;
  /** The labels before, which decide who saw the job. Unset for a job that was not there before. */
  readonly previousLabels?: JobStatus["labels"] | undefined;
  /** True where nothing but the progress of the run has changed. */
  readonly progressOnly: boolean;
}

/** A run in a job's history. */
export interface RunRecord {
  readonly jobId: string;
  readonly run: RunStatus;
}

export interface NewJob {
  readonly jobId: string;
  readonly jobType: string;
  readonly uid: string;
  readonly schedule?: Schedule | undefined;
  readonly nowMs: number;
}

/** A job that was never started. It has no revision before it is committed. */
export function createJob({ jobId, jobType, uid, schedule, nowMs }: NewJob): Job {
  return {
    status: {
      jobId,
      jobType,
      state: "stopped",
      desiredState: "stopped",
      executionCount: 0,
      message: "Never started",
      reason: "NEVER_STARTED",
      revision: 0,
      etag: etagOf(uid, 0),
      uid,
      labels: {},
      createTimeMs: nowMs,
      updateTimeMs: nowMs,
      counters: noCounts,
      schedule,
    },
    generation: 0,
    forced: false,
  };
}

export function etagOf(uid: string, generation: number): string {
  return `${uid.slice(0, 8)}-${generation}`;
}

/** When a job wants to hear of the time again: its next run, or the end of a stopped run's grace. */
export function wakeTimeOf({ status, forced }: Job): number | undefined {
  const forceTimeMs =
    status.state === "stopping" && !forced ? status.currentRun?.stopping?.forceTimeMs : undefined;
  const { nextRunTimeMs } = status;
  if (forceTimeMs === undefined || nextRunTimeMs === undefined) return forceTimeMs ?? nextRunTimeMs;
  return Math.min(forceTimeMs, nextRunTimeMs);
}
