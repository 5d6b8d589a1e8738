import type { CommandReference } from "./command.ts";
import { isAtRest, type JobState } from "./job-state.ts";
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
  /** When the attempt that is going on has taken too long. */
  readonly timesOutMs?: number | undefined;
  /** True once the run that is being stopped was ended by force. */
  readonly forced: boolean;
  /** A run whose time has come, and which begins as soon as it can. Always set while `pending`. */
  readonly owed?: Occasion | undefined;
  /** The command that the run which goes on, or the last one, began for; unset where its schedule brought it. */
  readonly begunBy?: CommandReference | undefined;
  /** `pending`: the revision at which it joined the queue of its type, and so its place in it. */
  readonly queuedAt?: number | undefined;
  /** The reason that a Pause gave, while it is in force. */
  readonly pausedFor?: string | undefined;
  /** True: its schedule is its type's, whatever that becomes. Else a Start brought one of its own. */
  readonly followsType?: boolean | undefined;
  /** A time of its interval; the others are counted from it. */
  readonly anchorMs?: number | undefined;
  /** The time of the schedule that comes next. The run begins then, or somewhat later where there is jitter. */
  readonly dueMs?: number | undefined;
}

/** What a run begins for. */
export interface Occasion {
  /** The time of the schedule; unset for a run that somebody asked for. */
  readonly scheduledTimeMs?: number | undefined;
  /** Who asked for it; unset for a time of the schedule. */
  readonly command?: CommandReference | undefined;
}

export type AfterStop =
  | { readonly kind: "stopped" }
  /** Only the run was cancelled; the job goes on with its schedule, or stays paused. */
  | { readonly kind: "scheduled" }
  /** It took too long: the attempt has failed, and another may follow. */
  | { readonly kind: "timed-out" }
  /** The server shuts down: the run counts like one lost in a crash. */
  | { readonly kind: "lost" }
  | { readonly kind: "replaced"; readonly by: Assignment };

/** What a Start brings: what the job is to do, and how it is labelled. */
export interface Assignment {
  readonly input?: JsonObject | undefined;
  readonly schedule?: Schedule | undefined;
  /** True: the schedule is the type's. */
  readonly followsType?: boolean | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The Start itself. */
  readonly command?: CommandReference | undefined;
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
  /** The run that went on before, where the change ended it and began another at once. */
  readonly previousRunId?: string | undefined;
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
    followsType: true,
    generation: 0,
    forced: false,
  };
}

export function etagOf(uid: string, generation: number): string {
  return `${uid.slice(0, 8)}-${generation}`;
}

/** When a job wants to hear of the time, and as what. */
export interface Alarm {
  readonly timeMs: number;
  readonly kind: "due" | "graceOver" | "timedOut" | "retryDue";
}

/**
 * The next moment that matters to a job: its next run or attempt, the end of its time or of a stopped run's grace. A run
 * that is owed to a job at rest is due at once.
 */
export function alarmOf({ status, forced, owed, timesOutMs }: Job): Alarm | undefined {
  const { state, nextRunTimeMs, currentRun } = status;
  if (owed !== undefined && isAtRest(state)) return { kind: "due", timeMs: 0 };
  const forceTimeMs = state === "stopping" && !forced ? currentRun?.stopping?.forceTimeMs : undefined;
  const alarms = [
    alarm("due", nextRunTimeMs),
    alarm("graceOver", forceTimeMs),
    alarm("timedOut", state === "running" ? timesOutMs : undefined),
    alarm("retryDue", state === "retrying" ? currentRun?.nextAttemptTimeMs : undefined),
  ];
  let first: Alarm | undefined;
  for (const each of alarms)
    if (each !== undefined && each.timeMs < (first?.timeMs ?? Number.POSITIVE_INFINITY)) first = each;
  return first;
}

function alarm(kind: Alarm["kind"], timeMs: number | undefined): Alarm | undefined {
  return timeMs === undefined ? undefined : { kind, timeMs };
}
