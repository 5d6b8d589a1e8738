import type { Schedule } from "./schedule.ts";

/**
 * What the operator declared under one name, as far as the control of its jobs goes. The work itself is the
 * runner's, which knows it by the same name.
 */
export interface JobType {
  readonly name: string;
  /** False: the configuration has it no longer, and a job of it is still there. */
  readonly isDeclared?: boolean;
  /** Unset: the job runs once for each Start. */
  readonly schedule?: Schedule | undefined;
  /** How long an attempt may take before it is stopped, and has failed. Unset: for ever. */
  readonly timeoutMs?: number | undefined;
  /** Unset: a run has one attempt. */
  readonly retry?: RetryPolicy | undefined;
  /** Unset: its work is tried however often it has failed. */
  readonly breaker?: BreakerPolicy | undefined;
  /** True: where the work has failed for good, or is not tried, another does it in its place. */
  readonly hasFallback: boolean;
  /** How many runs of the type go on at a time. Unset: as many as are started. */
  readonly concurrency?: number | undefined;
  /** Jobs that wait until one of those runs has ended. */
  readonly queue: QueueOptions;
  /** What becomes of a run that was lost with its server: the job runs again, or has failed. */
  readonly onLost: "restart" | "fail";
  /** How long a stopped run may take to end by itself, before it is ended by force. */
  readonly stopGraceMs: number;
  /** How long a settled job is kept. */
  readonly retentionMs: number;
  /** True: there is no job of the type's own name, only those that Start makes. */
  readonly template: boolean;
}

/** Further attempts of a run that failed, after waits that grow: `initialMs`, times `multiplier`, up to `maxMs`. */
export interface RetryPolicy {
  /** The first one included. */
  readonly maxAttempts: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly multiplier: number;
  /** From 0 to 1: each wait is up to so much of itself shorter or longer, at random. */
  readonly jitter: number;
}

/** After so many attempts in a row that failed none begins for a while; then one tries whether the work can be done again. */
export interface BreakerPolicy {
  readonly failures: number;
  readonly halfOpenAfterMs: number;
}

export interface QueueOptions {
  readonly capacity: number;
  /** What a Start meets that finds the queue full; the drop modes are the channel's. */
  readonly fullMode: FullMode;
}

/** As for a channel: wait for room, refuse the new one, or throw out the newest or oldest that waits. */
type FullMode = "wait" | "drop-write" | "drop-newest" | "drop-oldest";

export const defaultQueue: QueueOptions = { capacity: 100, fullMode: "wait" };

/** Stands for a type that the configuration no longer has, while a job of it is still there. */
export function undeclaredType(name: string): JobType {
  return {
    name,
    isDeclared: false,
    hasFallback: false,
    queue: defaultQueue,
    onLost: "fail",
    stopGraceMs: 10_000,
    retentionMs: 24 * 60 * 60 * 1000,
    template: true,
  };
}
