import type { Abortable } from "../async/abort.ts";
import type { JobFailure, Progress } from "../job/job-status.ts";
import type { JsonObject } from "../job/json.ts";
import type { OutputSource } from "../job/output-line.ts";
import type { RunResult } from "../job/run-result.ts";
import type { TraceContext } from "../job/trace.ts";

/**
 * What carries out the work of a job type. The supervisor asks for a run and hears how it goes; it never
 * knows whether a function, a process or a thread does it.
 */
export interface Runner extends AsyncDisposable {
  /**
   * Ends what a server that is there no more left running, and resolves when it is gone. Call it once, before the
   * first `start`, when it is certain that no other server works on the same jobs. Rejects where it cannot be ended.
   * Cancellation: rejects with the signal's reason, and ends nothing any more; what is left is for the next server.
   */
  recover(options?: Abortable): Promise<void>;

  /**
   * Starts a run and returns at once; it never throws. What happens is told to `observer`, never during this
   * call: nothing or any number of `wrote` and `progressed`, at most one `acknowledged`, then exactly one `ended`.
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
  /** Set: the fallback of the type does it, because of this failure of its own work. */
  readonly failure?: JobFailure | undefined;
  /** The command that the run began for; unset where its schedule brought it. */
  readonly commandId?: string | undefined;
  /** Where the run stands in its trace; unset where nobody traces. */
  readonly trace?: TraceContext | undefined;
}

export interface RunObserver {
  /**
   * The work wrote lines. It is told at once, before the work goes on, so that a flood piles up nowhere; all
   * lines of one source come in their order. Do no more than take them in.
   */
  wrote(source: OutputSource, lines: WrittenLines): void;
  progressed(progress: Progress): void;
  /** The work was told that it should stop. */
  acknowledged(): void;
  ended(result: RunResult): void;
}

/** Some lines that were written one after the other. They are read only if somebody wants to see them. */
export interface WrittenLines {
  /** At least 1. */
  readonly count: number;
  /** How many bytes they hold. */
  readonly bytes: number;
  /**
   * Calls `visit` with the text of each line from `from` on (the first is 0), until it returns false. A text has
   * no line break, and nothing in it that a terminal obeys; it has at most 8192 characters.
   */
  read(from: number, visit: (text: string) => boolean): void;
}

/** A run that is going on. Both calls are harmless after its end. */
export interface Run {
  /** Asks it to end: the signal of a function or thread fires, the process group gets SIGTERM. */
  stop(): void;
  /**
   * Ends it by force; `ended` follows soon whatever the work does. A process group gets SIGKILL, a thread is
   * terminated. A function cannot be ended: it is abandoned, and the result says so.
   */
  kill(): void;
}
