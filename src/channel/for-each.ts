/**
 * `forEach` over a reader: a consumer that is called where others are woken. While it has nothing to do it stands in
 * line with `read`, and an item that it is handed it handles at once, on the writer's stack.
 * While `onItem` is busy it stands in no line: what is written meanwhile is buffered, so `onItem` may use the channel
 * as it likes and is never called within itself. Nothing that goes wrong here comes out of a write.
 */
import { isPromiseLike } from "../async/is-promise-like.ts";
import type { ChannelCompletion } from "./channel-completion.ts";
import type { ChannelCore } from "./channel-core.ts";
import { type ItemWaiter, Waiter } from "./waiter.ts";

export interface ForEachOptions<T> {
  readonly onItem: (item: T) => unknown;
  readonly signal: AbortSignal | undefined;
}

export class ForEach<T> extends Waiter<void> implements ItemWaiter<T> {
  declare readonly core: ChannelCore<T>;
  declare readonly onItem: (item: T) => unknown;

  constructor(core: ChannelCore<T>, { onItem, signal }: ForEachOptions<T>) {
    super(signal);
    this.core = core;
    this.onItem = onItem;
  }

  start(): Promise<void> {
    this.#handle(undefined);
    return this.promise;
  }

  deliver(item: T): void {
    this.#handle(item);
  }

  close(completion: ChannelCompletion): void {
    if (completion.failed) this.reject(completion.error);
    else this.resolve();
  }

  /** Handles the item that it was handed, if any, and then all there is. */
  #handle(handed: T | undefined): void {
    try {
      let item = handed === undefined ? this.#next() : handed;
      while (item !== undefined) {
        const done = this.onItem(item);
        if (isPromiseLike(done)) {
          Promise.resolve(done).then(() => this.#handle(undefined), this.reject);
          return;
        }
        item = this.#next();
      }
    } catch (error) {
      this.reject(error);
    }
  }

  /** The next item. Where there is none it is in line again, or has ended. */
  #next(): T | undefined {
    if (this.signal?.aborted) {
      this.abort();
      return undefined;
    }
    const item = this.core.tryRead();
    if (item === undefined) this.core.queueRead(this);
    return item;
  }
}
