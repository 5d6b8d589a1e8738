import { sleep } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import type { RunResult } from "../job/run-result.ts";
import { traceparentOf } from "../job/trace.ts";
import { withoutStack } from "../job/without-stack.ts";
import type { JobContext } from "./job-context.ts";
import { copyJsonObject } from "./json-result.ts";
import { plainText } from "./plain-text.ts";
import { progressOf } from "./progress-update.ts";
import { failed, type RunReport } from "./run-report.ts";
import type { Run, RunRequest } from "./runner.ts";
import { thrownText } from "./thrown-text.ts";
import type { FunctionWork } from "./work.ts";

/**
 * A run of a function in this thread: the server's own, or that of a thread job. Nobody can end a function from outside: `stop()` fires its signal, and
 * `kill()` abandons it. An abandoned function may go on for ever; nothing it does is listened to any more, and
 * what it throws late is taken and dropped.
 */
export class FunctionRun implements Run {
  readonly #work: FunctionWork;
  readonly #request: RunRequest;
  readonly #report: FunctionReport;
  readonly #clock: Clock;
  readonly #log: (message: string) => void;
  readonly #within: (work: () => unknown) => unknown;
  readonly #abort = new AbortController();
  /** True once the work has seen its signal: it can know of a stop. */
  #signalTaken = false;
  #sleeping = 0;

  constructor(work: FunctionWork, request: RunRequest, options: FunctionRunOptions) {
    this.#work = work;
    this.#request = request;
    this.#report = options.report;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#within = options.within ?? ((work) => work());
  }

  /** Calls the function in a microtask: not a line of it runs inside the supervisor's call. */
  begin(): void {
    queueMicrotask(() => void this.#carryOut());
  }

  stop(): void {
    if (this.#report.over || this.#abort.signal.aborted) return;
    if (this.#signalTaken || this.#sleeping > 0) this.#report.acknowledge();
    this.#abort.abort(abortError("The job was asked to stop"));
  }

  kill(): void {
    if (this.#report.over) return;
    const message = "The function did not end when it was asked to, and was abandoned";
    this.#report.end(failed("ABANDONED", message, false));
    // Its last chance to let go of what it holds.
    this.#abort.abort(abortError("The job was abandoned"));
  }

  async #carryOut(): Promise<void> {
    if (this.#report.over) return;
    const { signal } = this.#abort;
    if (signal.aborted) {
      return this.#report.end(failed("ABORTED", "The job was stopped before it began", false));
    }
    try {
      const returned = await this.#within(() => this.#work.run(this.#context()));
      this.#report.end(resultOf(returned));
    } catch (thrown) {
      const reason = signal.aborted && isAbort(thrown, signal) ? "ABORTED" : "THREW";
      this.#report.end(failed(reason, thrownText(thrown), reason === "THREW"));
    }
  }

  #context(): JobContext {
    const run = this;
    const { jobId, jobType, runId, attempt, input, failure, trace } = this.#request;
    return {
      jobId,
      jobType,
      runId,
      attempt,
      failure: failure && { reason: failure.reason, message: failure.message, attempt: failure.attempt },
      input: structuredClone(input),
      traceparent: trace && traceparentOf(trace),
      get signal() {
        return run.#takeSignal();
      },
      progress: (update) => this.#report.progress(progressOf(update)),
      log: (message) => this.#writeLog(message),
      sleep: (milliseconds) => handled(this.#sleep(milliseconds)),
    };
  }

  #takeSignal(): AbortSignal {
    this.#signalTaken = true;
    this.#acknowledgeLate();
    return this.#abort.signal;
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0)) throw new TypeError(`Cannot sleep for so many milliseconds: ${milliseconds}`);
    this.#sleeping++;
    this.#acknowledgeLate();
    try {
      await sleep(this.#clock, milliseconds, { signal: this.#abort.signal });
    } finally {
      this.#sleeping--;
    }
  }

  #acknowledgeLate(): void {
    if (this.#abort.signal.aborted) this.#report.acknowledge();
  }

  #writeLog(message: string): void {
    if (typeof message !== "string") throw new TypeError(`Invalid log message: ${typeof message}`);
    if (!this.#report.over) this.#log(message);
  }
}

export interface FunctionRunOptions {
  readonly report: FunctionReport;
  readonly clock: Clock;
  /** Takes the messages of `ctx.log()`. */
  readonly log: (message: string) => void;
  /** Calls the function as a part of the run's trace, and returns what it returns. Default: just calls it */
  readonly within?: ((work: () => unknown) => unknown) | undefined;
}

/** What a function tells of its run. */
export type FunctionReport = Pick<RunReport, "over" | "progress" | "acknowledge" | "end">;

/** It says all by its message: nothing of the job is in its stack. */
function abortError(message: string): DOMException {
  return withoutStack(() => new DOMException(message, "AbortError"));
}

/** A sleep that the job does not wait for must not end the server when a stop rejects it. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}

const longestMessage = 256;

/** What a function returned, as the outcome of its run. */
function resultOf(returned: unknown): RunResult {
  if (returned === undefined) return { kind: "succeeded", message: "" };
  if (typeof returned === "string") {
    return { kind: "succeeded", message: plainText(returned, longestMessage) };
  }
  if (typeof returned !== "object" || returned === null) {
    const found = returned === null ? "null" : typeof returned;
    return invalid(`The job may return an object, a string or nothing: it returned ${found}`);
  }
  try {
    return { kind: "succeeded", result: copyJsonObject(returned), message: "" };
  } catch (thrown) {
    return invalid(thrownText(thrown));
  }
}

function invalid(message: string): RunResult {
  return failed("INVALID_RESULT", message, false);
}

/** True for what ends a function that heeds its signal, whichever library made the error of it. */
function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  if (thrown === signal.reason) return true;
  try {
    return thrown instanceof Error && thrown.name === "AbortError";
  } catch {
    // A `name` of the job's own that throws.
    return false;
  }
}
