/**
 * The reading face of a channel: looks at the signal before the data, and says how each call waits.
 */
import type { ChannelReader, WaitOptions } from "./channel.ts";
import type { ChannelCore } from "./channel-core.ts";
import { ForEach } from "./for-each.ts";
import { ReadAll } from "./read-all.ts";
import { PendingRead } from "./waiter.ts";

export class Reader<T> implements ChannelReader<T> {
  readonly #core: ChannelCore<T>;

  constructor(core: ChannelCore<T>) {
    this.#core = core;
  }

  get count(): number {
    return this.#core.count;
  }

  get completion(): Promise<void> {
    return this.#core.completion.promise;
  }

  tryRead(): T | undefined {
    return this.#core.tryRead();
  }

  tryPeek(): T | undefined {
    return this.#core.tryPeek();
  }

  tryRemove(item: T): boolean {
    return this.#core.tryRemove(item);
  }

  read(options?: WaitOptions): Promise<T> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const item = this.#core.tryRead();
    if (item !== undefined) return Promise.resolve(item) as Promise<T>;
    const read = new PendingRead<T>(signal);
    this.#core.queueRead(read);
    return read.promise;
  }

  waitToRead(options?: WaitOptions): Promise<boolean> {
    const signal = options?.signal;
    return signal?.aborted ? Promise.reject(signal.reason) : this.#core.waitToRead(signal);
  }

  readAll(options?: WaitOptions): AsyncIterableIterator<T, undefined> {
    return new ReadAll(this.#core, options?.signal);
  }

  forEach(onItem: (item: T) => unknown, options?: WaitOptions): Promise<void> {
    return new ForEach(this.#core, { onItem, signal: options?.signal }).start();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new ReadAll(this.#core, undefined);
  }
}
