/**
 * Where a stage puts what it made: the channel before the next stage, or those of a fan-out. It is the only one that
 * writes there, so that its completion is the next stage's end.
 */
import type { ChannelWriter } from "../channel/index.ts";

export interface Outlet<T> {
  /** How many items were put. */
  readonly emitted: number;
  /** Puts an item: at once, or where there is no room, with the promise that it gives. Throws for `undefined`. */
  put(item: T): Promise<void> | undefined;
  /** There are no more items. Harmless when the run has ended. */
  complete(): void;
}

/** The end of a pipeline. */
export const nowhere: Outlet<unknown> = { emitted: 0, put: () => undefined, complete: () => {} };

export class ChannelOutlet<T> implements Outlet<T> {
  readonly #writer: ChannelWriter<T>;
  #emitted = 0;
  /** Where there is no room, it is asked to make some. It must not throw. */
  onFull: () => void = () => {};

  constructor(writer: ChannelWriter<T>) {
    this.#writer = writer;
  }

  get emitted(): number {
    return this.#emitted;
  }

  put(item: T): Promise<void> | undefined {
    if (!this.#writer.tryWrite(item)) {
      this.onFull();
      if (!this.#writer.tryWrite(item)) return this.#write(item);
    }
    this.#emitted++;
    return undefined;
  }

  complete(): void {
    this.#writer.tryComplete();
  }

  async #write(item: T): Promise<void> {
    await this.#writer.write(item);
    this.#emitted++;
  }
}

/** Puts each item into several others. Those with room have it before it waits for the rest. */
export class FanOutlet<T> implements Outlet<T> {
  readonly #outlets: readonly Outlet<T>[];
  #emitted = 0;

  constructor(outlets: readonly Outlet<T>[]) {
    this.#outlets = outlets;
  }

  get emitted(): number {
    return this.#emitted;
  }

  put(item: T): Promise<void> | undefined {
    const putting = this.#outlets.map((outlet) => outlet.put(item)).filter((put) => put !== undefined);
    if (putting.length > 0) return this.#waitFor(putting);
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

/** Puts items one after the other, at once as long as there is room for those of an array. */
export function putAll<T>(items: Iterable<T>, outlet: Outlet<T>): Promise<void> | undefined {
  if (!Array.isArray(items)) return putEach(items, outlet);
  for (let index = 0; index < items.length; index++) {
    const putting = outlet.put(items[index]);
    if (putting !== undefined) return putting.then(() => putEach(items.slice(index + 1), outlet));
  }
  return undefined;
}

async function putEach<T>(items: Iterable<T>, outlet: Outlet<T>): Promise<void> {
  for (const item of items) {
    const putting = outlet.put(item);
    if (putting !== undefined) await putting;
  }
}
