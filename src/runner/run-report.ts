import type { Progress } from "../job/job-status.ts";
import type { OutputSource } from "../job/output-line.ts";
import type { RunResult } from "../job/run-result.ts";
import type { RunObserver, WrittenLines } from "./runner.ts";

/**
 * The observer's side of a run, with the contract of `Runner.start()` built in: all that happens is told in
 * order and in a microtask of its own, never inside a call of the supervisor's (but for `wrote`, which asks nothing
 * of the supervisor); `acknowledged` at most once; after `ended` nothing. So a run can say whatever it likes,
 * whenever it likes.
 */
export class RunReport {
  readonly #observer: RunObserver;
  readonly #told = Promise.withResolvers<void>();
  /** Of what is reported in one go, the newest is told. */
  #untold: Progress | undefined;
  #acknowledged = false;
  #over = false;

  constructor(observer: RunObserver) {
    this.#observer = observer;
  }

  /** True from the call of `end()`. */
  get over(): boolean {
    return this.#over;
  }

  /** Resolves when the observer has been told of the end. */
  get told(): Promise<void> {
    return this.#told.promise;
  }

  wrote(source: OutputSource, lines: WrittenLines): void {
    if (!this.#over) this.#observer.wrote(source, lines);
  }

  progress(progress: Progress): void {
    if (this.#over) return;
    const isTelling = this.#untold !== undefined;
    this.#untold = progress;
    if (!isTelling) queueMicrotask(() => this.#tellProgress());
  }

  acknowledge(): void {
    if (this.#over || this.#acknowledged) return;
    this.#acknowledged = true;
    queueMicrotask(() => this.#observer.acknowledged());
  }

  end(result: RunResult): void {
    if (this.#over) return;
    this.#over = true;
    queueMicrotask(() => {
      this.#told.resolve();
      this.#observer.ended(result);
    });
  }

  #tellProgress(): void {
    const progress = this.#untold;
    this.#untold = undefined;
    if (progress !== undefined) this.#observer.progressed(progress);
  }
}

/** A run that did not do its work. */
export function failed(reason: string, message: string, retryable: boolean): RunResult {
  return { kind: "failed", reason, message, retryable };
}
