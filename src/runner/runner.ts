import type { Progress } from "../job/job-status.ts";
import type { JsonObject } from "../job/json.ts";
import type { RunResult } from "../job/run-result.ts";

/**
 * What carries out the work of a job type. The supervisor asks for a run and hears how it goes; it never
 * knows whether a function, a process or a thread does it.
 */
export interface Runner extends AsyncDisposable {
  /**
   * Ends what a server that is there no more left running, and resolves when it is gone. Call it once, before the
   * first `start`, when it is certain that no other server works on the same jobs. Rejects where it cannot be ended.
   */
  recover(): Promise<void>;

  /**
   * Starts a run and returns at once; it never throws. What happens is told to `observer`, never during this
   * call: nothing or any number of `progressed`, at most one `acknowledged`, then exactly one `ended`.
   */
  start(request: RunRequest, observer: RunObserver): Run;
}

export interface RunRequest {
  readonly jobId: string;
  /** The name of the declared type, whose work this is. */
  readonly jobType: string;
  readonly runId: string;
  /** From 1. */
  readonly attempt: number;
  /** `{}` where none was given. */
  readonly input: JsonObject;
}

export interface RunObserver {
  progressed(progress: Progress): void;
  /** The work was told that it should stop. */
  acknowledged(): void;
  ended(result: RunResult): void;
}

/** A run that is going on. Both calls are harmless after its end. */
export interface Run {
  /** Asks it to end: the function's signal fires, the process group gets SIGTERM. */
  stop(): void;
  /**
   * Ends it by force; `ended` follows soon whatever the work does. A process group gets SIGKILL. A function
   * cannot be ended: it is abandoned, and the result says so.
   */
  kill(): void;
}
