/**
 * Where a stage puts what it made: the channel before the next stage, or those of a fan-out (`fan-outlet.ts`). It is the only one that
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

/** An outlet that leads to a stage. */
export interface StageInlet<T> extends Outlet<T> {
  /** Asks the stage to make room, where there is none. It must not throw. */
  onFull: () => void;
}

export class ChannelOutlet<T> implements StageInlet<T> {
  readonly #writer: ChannelWriter<T>;
  #emitted = 0;
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
