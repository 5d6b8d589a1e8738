/**
 * How a channel ends: open, then closed (no more writes), then settled (drained as well).
 * The channel says when; this keeps the error, and words the end for each kind of caller: reads and writes are refused
 * with a `ChannelClosedError`, everybody else hears the error itself.
 */
import { ChannelClosedError } from "./channel-closed-error.ts";

const never = Promise.resolve(false);

export class ChannelCompletion {
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  #closed = false;
  #error: unknown = undefined;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Nobody has to watch a channel's completion.
    promise.catch(() => {});
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the channel was closed with an error; `error` is it. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  get error(): unknown {
    return this.#error;
  }

  close(error: unknown): void {
    this.#closed = true;
    this.#error = error ?? undefined;
  }

  settle(): void {
    if (this.failed) this.#reject(this.#error);
    else this.#resolve();
  }

  /** What a read or write that comes too late rejects with. */
  refusal(): ChannelClosedError {
    return new ChannelClosedError(this.failed ? { cause: this.#error } : undefined);
  }

  /** The answer to one who waits to read or write: never again. */
  never(): Promise<boolean> {
    return this.failed ? Promise.reject(this.#error) : never;
  }
}
