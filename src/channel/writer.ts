/**
 * The writing face of a channel: looks at the signal and the item before the channel does.
 */
import type { ChannelWriter, WaitOptions } from "./channel.ts";
import type { ChannelCore } from "./channel-core.ts";
import { PendingWrite } from "./waiter.ts";

const written = Promise.resolve();

export class Writer<T> implements ChannelWriter<T> {
  readonly #core: ChannelCore<T>;

  constructor(core: ChannelCore<T>) {
    this.#core = core;
  }

  tryWrite(item: T): boolean {
    if (item === undefined) throw new TypeError("Cannot write to a channel: undefined is not an item");
    return this.#core.tryWrite(item);
  }

  write(item: T, options?: WaitOptions): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      if (this.tryWrite(item)) return written;
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#core.queueWrite(new PendingWrite(item, signal));
  }

  waitToWrite(options?: WaitOptions): Promise<boolean> {
    const signal = options?.signal;
    return signal?.aborted ? Promise.reject(signal.reason) : this.#core.waitToWrite(signal);
  }

  tryComplete(error?: unknown): boolean {
    return this.#core.tryComplete(error);
  }

  complete(error?: unknown): void {
    if (!this.#core.tryComplete(error)) throw this.#core.completion.refusal();
  }
}
