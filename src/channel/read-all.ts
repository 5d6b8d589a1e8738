/**
 * `readAll` and `for await` over a reader. It is written by hand because a step that finds an item then costs one
 * promise, and because a step that waits stands in line with `read`, so that a rendezvous writer can meet it.
 */
import type { ChannelCompletion } from "./channel-completion.ts";
import type { ChannelCore } from "./channel-core.ts";
import { type ItemWaiter, Waiter } from "./waiter.ts";

type Step<T> = IteratorResult<T, undefined>;

export class ReadAll<T> implements AsyncIterableIterator<T, undefined> {
  readonly #core: ChannelCore<T>;
  readonly #signal: AbortSignal | undefined;
  #ended = false;

  constructor(core: ChannelCore<T>, signal: AbortSignal | undefined) {
    this.#core = core;
    this.#signal = signal;
  }

  next(): Promise<Step<T>> {
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    if (this.#signal?.aborted) {
      this.end();
      return Promise.reject(this.#signal.reason);
    }
    const value = this.#core.tryRead();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    const step = new PendingStep(this, this.#signal);
    this.#core.queueRead(step);
    return step.promise;
  }

  return(): Promise<Step<T>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** From now on every step is the end, as with a generator that returned or threw. */
  end(): void {
    this.#ended = true;
  }
}

class PendingStep<T> extends Waiter<Step<T>> implements ItemWaiter<T> {
  declare readonly iterator: ReadAll<T>;

  constructor(iterator: ReadAll<T>, signal: AbortSignal | undefined) {
    super(signal);
    this.iterator = iterator;
  }

  deliver(value: T): void {
    this.resolve({ value, done: false });
  }

  close(completion: ChannelCompletion): void {
    this.iterator.end();
    if (completion.failed) this.reject(completion.error);
    else this.resolve({ value: undefined, done: true });
  }

  override abort(): void {
    this.iterator.end();
    super.abort();
  }
}
