import type { JsonObject } from "../job/json.ts";
import type { TraceContext } from "../job/trace.ts";

/**
 * What a job's author works with. These types are the public side of a run; `function-run.ts` stands behind
 * them.
 */

/**
 * The work of a function job. What it returns, or what the promise it returns resolves to, is the outcome: an
 * object is the job's result, a string its message, `undefined` neither. What it throws is the job's failure.
 *
 * @example
 * export async function run(ctx: JobContext) {
 *   for (let page = 1; page <= 10; page++) {
 *     await fetch(`https://example.org/${page}`, { signal: ctx.signal });
 *     ctx.progress({ current: page, total: 10, unit: "pages" });
 *   }
 *   return { pages: 10 };
 * }
 */
export type JobFunction = (ctx: JobContext) => unknown;

/** One attempt of one run. Its functions can be taken out of it and called alone. */
export interface JobContext {
  /** Fires when the job is asked to stop. Whoever reads it is taken to heed it. */
  readonly signal: AbortSignal;
  /** What the Start brought; `{}` where it brought nothing. The run's own copy. */
  readonly input: JsonObject;
  readonly jobId: string;
  readonly jobType: string;
  readonly runId: string;
  /** From 1. */
  readonly attempt: number;
  /** In a fallback, and only there: why the work itself has failed, or was not tried. */
  readonly failure?: AttemptFailure | undefined;
  /** The run in its trace, as W3C's header `traceparent` has it, for what the work calls. Unset where nobody traces. */
  readonly traceparent?: string | undefined;
  /** Tells how far the work is. Throws a `TypeError` where a value is not as `ProgressUpdate` says. */
  progress(update: ProgressUpdate): void;
  /**
   * Writes to the job's output, where WatchOutput shows each of its lines, and as one line to the log of the
   * server. Throws a `TypeError` unless it is a string.
   */
  log(message: string): void;
  /**
   * Resolves after so many milliseconds.
   * Cancellation: rejects with the signal's reason as soon as the job is asked to stop.
   */
  sleep(milliseconds: number): Promise<void>;
}

/** How an attempt has failed, as the status of its job tells it. */
export interface AttemptFailure {
  /** Stable, for a program: THREW, TIMED_OUT, EXIT_CODE, CIRCUIT_OPEN and the like. */
  readonly reason: string;
  readonly message: string;
  /** From 1; with CIRCUIT_OPEN the one that was not begun. */
  readonly attempt: number;
}

/** Numbers are finite and 0 or more; strings have at most 256 characters. */
export interface ProgressUpdate {
  readonly current: number;
  /** Unset or 0: not known. */
  readonly total?: number | undefined;
  readonly unit?: string | undefined;
  readonly message?: string | undefined;
  readonly stage?: string | undefined;
}

/** Where the lines of `ctx.log()` go. It must not throw. */
export interface RunLog {
  write(line: RunLogLine): void;
}

export interface RunLogLine {
  /** On the wall clock, in milliseconds. */
  readonly timeMs: number;
  readonly jobId: string;
  readonly jobType: string;
  readonly runId: string;
  readonly attempt: number;
  /** The command that the run began for; unset where its schedule brought it. */
  readonly commandId?: string | undefined;
  /** Where the run stands in its trace; unset where nobody traces. */
  readonly trace?: TraceContext | undefined;
  /** One line, without control characters, of at most 8192 characters. */
  readonly message: string;
}
