import type { Circuit } from "./circuit.ts";
import type { CommandReference, ConflictPolicy } from "./command.ts";
import type { Refusal } from "./errors.ts";
import type { Assignment, Job } from "./job.ts";
import type { JobFailure, Progress, RunStatus } from "./job-status.ts";
import type { JobType } from "./job-type.ts";
import type { JsonObject } from "./json.ts";
import type { RunResult } from "./run-result.ts";
import type { CronTimes } from "./schedule.ts";

/** The words of the state machine: what can happen to a job, and what comes of it. */
export type JobEvent =
  | StartEvent
  | StopEvent
  | { readonly kind: "pause"; readonly reason: string }
  | { readonly kind: "resume" }
  | { readonly kind: "trigger" }
  /** An alarm of the job (`alarmOf`) has gone off: it is the next time of its schedule, or a run is owed. */
  | ({ readonly kind: "due" } & AlarmTime)
  /** A slot of its type is free, and it is the job's turn. */
  | { readonly kind: "slotFree" }
  /** The queue of its type was full, and another job took its place. */
  | { readonly kind: "evicted" }
  | { readonly kind: "progressed"; readonly runId: string; readonly progress: Progress }
  /** The work was told that it should stop. */
  | { readonly kind: "acknowledged"; readonly runId: string }
  | EndedEvent
  /** The same: the grace of a stopped run has passed. */
  | { readonly kind: "graceOver"; readonly timeMs: number }
  /** The same: an attempt has taken as long as it may. */
  | { readonly kind: "timedOut"; readonly timeMs: number }
  /** The same: it is time for the next attempt of a run. */
  | ({ readonly kind: "retryDue" } & AlarmTime)
  /** The server shuts down; its runs have at most so long to end. */
  | { readonly kind: "drain"; readonly graceMs: number }
  /** The server has come back: what was going on when the last one ended is over. */
  | { readonly kind: "recovered" }
  /** It has been settled for as long as its type keeps it: since then nothing about it has changed. */
  | { readonly kind: "expired"; readonly sinceMs: number };

export interface AlarmTime {
  readonly timeMs: number;
  /** Set: the wall clock was put back before the time came, and so much of the wait is still to pass. */
  readonly leftMs?: number;
}

export interface EndedEvent {
  readonly kind: "ended";
  readonly runId: string;
  readonly result: RunResult;
  /** True: it was told that it should stop, as by `acknowledged`. Default: false */
  readonly acknowledged?: boolean;
}

export interface StartEvent extends Assignment {
  readonly kind: "start";
  readonly conflictPolicy: ConflictPolicy;
  readonly requestedBy: string;
}

export interface StopEvent {
  readonly kind: "stop";
  readonly scope: "job" | "current-run";
  readonly graceMs: number;
  readonly force: boolean;
  readonly requestedBy: string;
  readonly reason: string;
}

/** What a transition may use of the world. */
export interface Context {
  readonly nowMs: number;
  /** From 0 to 1, 1 excluded. */
  readonly random: number;
  readonly cron: CronTimes;
  readonly type: JobType;
  /** An id for the run that begins. */
  readonly newRunId: () => string;
  /** Whether a run of the type may begin now, or else whether the job may wait for its turn. */
  readonly slot: Slot;
  /** The circuit breaker of the type; not heeded where it has none. */
  readonly circuit: Circuit;
  /** The command that the event comes from; unset where it comes from none. */
  readonly command?: CommandReference | undefined;
}

export type Slot =
  | { readonly kind: "free" }
  | { readonly kind: "taken"; readonly ahead: number }
  | { readonly kind: "queueFull"; readonly capacity: number };

export type Transition =
  | { readonly kind: "unchanged" }
  | { readonly kind: "rejected"; readonly refusal: Refusal }
  | ChangedTransition
  | { readonly kind: "removed" };

export interface ChangedTransition {
  readonly kind: "changed";
  readonly job: Job;
  readonly effects: readonly Effect[];
  /** What the circuit of the type becomes. Unset: it stays as it is. */
  readonly circuit?: Circuit | undefined;
}

/** What has to be done once the change is committed. Timers follow from the job itself: `alarmOf`. */
export type Effect =
  | { readonly kind: "startRun"; readonly run: RunStatus; readonly input: JsonObject }
  | { readonly kind: "stopRun"; readonly runId: string }
  | { readonly kind: "killRun"; readonly runId: string }
  /** The attempt has failed, and the run goes on: with another one, some time, or with the fallback. */
  | { readonly kind: "endAttempt"; readonly runId: string; readonly failure: JobFailure }
  /** The run is over and belongs in the history. */
  | { readonly kind: "recordRun"; readonly run: RunStatus };
