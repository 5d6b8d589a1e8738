/**
 * What every kind of channel has in common: the buffer, those who wait, and the end. `Reader` and `Writer` are its two
 * faces; they look at signals and arguments before they come here.
 * A kind is a buffer, a capacity and what happens when that is reached. Capacity 0 is a rendezvous: the buffer stays
 * empty, and whoever comes first waits for the other.
 *
 * What holds between calls: readers wait only while nothing is buffered and no writer waits; writers wait only while
 * the buffer is full; nobody waits on a closed channel. While it is quiet, an item only has to do with the buffer.
 */
import { ChannelCompletion } from "./channel-completion.ts";
import { type ItemWaiter, type PendingWrite, Waiter } from "./waiter.ts";
import { type Linked, WaiterList } from "./waiter-list.ts";

/** Keeps items in the order in which they leave. */
export interface ItemBuffer<T> {
  readonly size: number;
  push(item: T): void;
  shift(): T | undefined;
  peek(): T | undefined;
  remove(item: T): boolean;
}

export interface Bounds<T> {
  readonly capacity: number;
  /** Settles what becomes of an item that finds the buffer full. Without it, its writer waits. */
  readonly overflow: ((item: T) => void) | undefined;
}

const now = Promise.resolve(true);

export class ChannelCore<T> {
  readonly completion = new ChannelCompletion();
  readonly #items: ItemBuffer<T>;
  readonly #capacity: number;
  readonly #overflow: ((item: T) => void) | undefined;
  readonly #reads = new WaiterList<ItemWaiter<T>>();
  readonly #writes = new WaiterList<PendingWrite<T>>();
  readonly #waitsToRead = new WaiterList<Waiter<boolean>>();
  readonly #waitsToWrite = new WaiterList<Waiter<boolean>>();
  /** Nobody waits and the channel is open. It may be false for a while after the last waiter has given up. */
  #quiet = true;

  constructor(items: ItemBuffer<T>, bounds: Bounds<T>) {
    this.#items = items;
    this.#capacity = bounds.capacity;
    this.#overflow = bounds.overflow;
  }

  get count(): number {
    return this.#items.size;
  }

  tryWrite(item: T): boolean {
    if (!this.#quiet || this.#items.size >= this.#capacity) return this.#offer(item);
    this.#items.push(item);
    return true;
  }

  /** For a write that `tryWrite` could not do. */
  queueWrite(write: PendingWrite<T>): Promise<void> {
    if (this.completion.closed) {
      write.reject(this.completion.refusal());
    } else {
      this.#enqueue(this.#writes, write);
      wakeAll(this.#waitsToRead);
    }
    return write.promise;
  }

  waitToWrite(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.completion.closed) return this.completion.never();
    const possible =
      this.#items.size < this.#capacity || this.#overflow !== undefined || this.#reads.first !== undefined;
    return possible ? now : this.#join(this.#waitsToWrite, signal);
  }

  tryRead(): T | undefined {
    return this.#quiet ? this.#items.shift() : this.#take();
  }

  tryPeek(): T | undefined {
    const item = this.#items.peek();
    return item === undefined ? this.#writes.first?.item : item;
  }

  tryRemove(item: T): boolean {
    if (!this.#items.remove(item)) return false;
    this.#madeRoom();
    return true;
  }

  /** For one who found nothing to take. */
  queueRead(read: ItemWaiter<T>): void {
    if (this.completion.closed) {
      read.close(this.completion);
    } else {
      this.#enqueue(this.#reads, read);
      wakeAll(this.#waitsToWrite);
    }
  }

  waitToRead(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#items.size > 0 || this.#writes.first !== undefined) return now;
    if (this.completion.closed) return this.completion.never();
    return this.#join(this.#waitsToRead, signal);
  }

  tryComplete(error: unknown): boolean {
    const { completion } = this;
    if (completion.closed) return false;
    completion.close(error);
    this.#quiet = false;
    // First of all: whoever is woken below finds it settled.
    if (this.#items.size === 0) completion.settle();
    for (const read of drain(this.#reads)) read.close(completion);
    for (const write of drain(this.#writes)) write.reject(completion.refusal());
    for (const waits of [this.#waitsToRead, this.#waitsToWrite]) {
      for (const wait of drain(waits)) {
        if (completion.failed) wait.reject(completion.error);
        else wait.resolve(false);
      }
    }
    return true;
  }

  /** `tryWrite` with everybody in mind. */
  #offer(item: T): boolean {
    if (this.completion.closed) return false;
    const read = this.#reads.shift();
    if (read !== undefined) {
      read.deliver(item);
    } else if (this.#items.size < this.#capacity) {
      this.#items.push(item);
      wakeAll(this.#waitsToRead);
    } else if (this.#overflow !== undefined) {
      this.#overflow(item);
    } else {
      return false;
    }
    this.#calmDown();
    return true;
  }

  /** `tryRead` with everybody in mind. */
  #take(): T | undefined {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#madeRoom();
      return item;
    }
    // Only a rendezvous has writers that wait beside an empty buffer.
    const write = this.#writes.shift();
    write?.resolve();
    return write?.item;
  }

  #madeRoom(): void {
    if (this.completion.closed) {
      if (this.#items.size === 0) this.completion.settle();
      return;
    }
    const write = this.#writes.shift();
    if (write === undefined) {
      wakeAll(this.#waitsToWrite);
    } else {
      this.#items.push(write.item);
      write.resolve();
    }
    this.#calmDown();
  }

  /** Waits in line. Neighbours without a signal wait on one promise: what wakes one of them wakes them all. */
  #join(waits: WaiterList<Waiter<boolean>>, signal: AbortSignal | undefined): Promise<boolean> {
    const { last } = waits;
    if (signal === undefined && last !== undefined && last.signal === undefined) return last.promise;
    const wait = new Waiter<boolean>(signal);
    this.#enqueue(waits, wait);
    return wait.promise;
  }

  #enqueue<W extends Linked<W>>(line: WaiterList<W>, waiter: W): void {
    line.push(waiter);
    this.#quiet = false;
  }

  #calmDown(): void {
    this.#quiet =
      this.#reads.last === undefined &&
      this.#writes.last === undefined &&
      this.#waitsToRead.last === undefined &&
      this.#waitsToWrite.last === undefined &&
      !this.completion.closed;
  }
}

function wakeAll(waits: WaiterList<Waiter<boolean>>): void {
  for (let wait = waits.shift(); wait !== undefined; wait = waits.shift()) wait.resolve(true);
}

function* drain<W extends Linked<W>>(waiters: WaiterList<W>): Generator<W> {
  for (let waiter = waiters.shift(); waiter !== undefined; waiter = waiters.shift()) yield waiter;
}
