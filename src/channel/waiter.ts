/**
 * What waits on a channel: one pending promise each, settled by whoever takes the waiter off its list.
 * A waiter carries its own links, so that a list allocates nothing and one that gives up leaves in constant time.
 * Settling a promise runs nobody's code at once: a channel may do it in the midst of its work.
 */
import type { ChannelCompletion } from "./channel-completion.ts";
import type { Linked } from "./waiter-list.ts";

export class Waiter<R> {
  // Declared only, and set by the constructor: a field that is defined first makes each waiter a fifth dearer.
  declare readonly promise: Promise<R>;
  declare resolve: (value: R) => void;
  declare reject: (reason: unknown) => void;
  declare readonly signal: AbortSignal | undefined;
  declare previous: this | undefined;
  declare next: this | undefined;

  constructor(signal: AbortSignal | undefined) {
    // Faster than `Promise.withResolvers`, which makes one more object.
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.signal = signal;
    this.previous = undefined;
    this.next = undefined;
  }

  /** Gives up, because the signal has fired. */
  abort(): void {
    this.reject(this.signal?.reason);
  }
}

/** A write, with the item that found no room yet. */
export class PendingWrite<T> extends Waiter<void> {
  declare readonly item: T;

  constructor(item: T, signal: AbortSignal | undefined) {
    super(signal);
    this.item = item;
  }
}

/** One who stands in line for an item. */
export interface ItemWaiter<T> extends Linked<ItemWaiter<T>> {
  deliver(item: T): void;
  /** No item will come any more. */
  close(completion: ChannelCompletion): void;
}

/** A `read` that found nothing yet. */
export class PendingRead<T> extends Waiter<T> implements ItemWaiter<T> {
  deliver(item: T): void {
    this.resolve(item);
  }

  close(completion: ChannelCompletion): void {
    this.reject(completion.refusal());
  }
}
