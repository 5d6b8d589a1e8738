/** The outlets of a fan-out: one that leads to all of its handlers, and one that leads to a handler that may miss items. */
import type { Channel } from "../channel/index.ts";
import type { Outlet, StageInlet } from "./outlet.ts";

/**
 * Puts each item into several others. Those with room have it before it waits for the rest. Where there are none, nothing
 * ever waits, and it gives way to everything else when it has gone on for long.
 */
export class FanOutlet<T> implements Outlet<T> {
  readonly #outlets: readonly Outlet<T>[];
  readonly #giveWay: () => Promise<void> | undefined;
  #emitted = 0;

  constructor(outlets: readonly Outlet<T>[], { giveWay }: Pick<DroppingOptions, "giveWay">) {
    this.#outlets = outlets;
    this.#giveWay = giveWay;
  }

  get emitted(): number {
    return this.#emitted;
  }

  put(item: T): Promise<void> | undefined {
    let waiting: Promise<void>[] | undefined;
    if (this.#outlets.length === 0) {
      const turn = this.#giveWay();
      if (turn !== undefined) waiting = [turn];
    }
    for (const outlet of this.#outlets) {
      const putting = outlet.put(item);
      if (putting === undefined) continue;
      waiting ??= [];
      waiting.push(putting);
    }
    if (waiting !== undefined) return this.#waitFor(waiting);
    this.#emitted++;
    return undefined;
  }

  complete(): void {
    for (const outlet of this.#outlets) outlet.complete();
  }

  async #waitFor(putting: readonly Promise<void>[]): Promise<void> {
    await Promise.all(putting);
    this.#emitted++;
  }
}

/**
 * Leads into a channel that drops items. It asks for room before it lets one be dropped, and gives way to those who could
 * make some when it has gone on for long: nothing else would.
 */
export class DroppingOutlet<T> implements StageInlet<T> {
  readonly #channel: Channel<T>;
  readonly #capacity: number;
  readonly #giveWay: () => Promise<void> | undefined;
  #emitted = 0;
  onFull: () => void = () => {};

  constructor(channel: Channel<T>, options: DroppingOptions) {
    this.#channel = channel;
    this.#capacity = options.capacity;
    this.#giveWay = options.giveWay;
  }

  get emitted(): number {
    return this.#emitted;
  }

  put(item: T): Promise<void> | undefined {
    if (this.#isFull) this.onFull();
    const turn = this.#isFull ? this.#giveWay() : undefined;
    if (turn !== undefined || !this.#channel.writer.tryWrite(item)) return this.#write(item, turn);
    this.#emitted++;
    return undefined;
  }

  complete(): void {
    this.#channel.writer.tryComplete();
  }

  get #isFull(): boolean {
    return this.#channel.reader.count >= this.#capacity;
  }

  async #write(item: T, turn: Promise<void> | undefined): Promise<void> {
    if (turn !== undefined) {
      await turn;
      // Those who could make room gave way, too, and may not have had their turn yet.
      if (this.#isFull) this.onFull();
    }
    await this.#channel.writer.write(item);
    this.#emitted++;
  }
}

export interface DroppingOptions {
  readonly capacity: number;
  readonly giveWay: () => Promise<void> | undefined;
}
