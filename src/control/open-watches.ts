/** A watch that is open, as who keeps count of them sees it. */
export interface OpenWatch {
  /** How many changes it has not looked at yet. */
  readonly behind: number;
  /** How many changes it has left out because a later one of the same job came. */
  readonly coalesced: number;
  /** The server goes: the watch tells what there still is, and closes. */
  drain(): void;
}

export interface WatchFigures {
  readonly watchers: number;
  readonly slowWatchers: number;
  readonly coalesced: number;
}

/** The watches that are open, and how they keep up. Nothing is counted before somebody asks. */
export class OpenWatches {
  readonly #slowBeyond: number;
  readonly #open = new Set<OpenWatch>();
  /** What the watches that are over have left out. */
  #coalescedBefore = 0;
  #draining = false;

  /** A watch is slow when it is further behind than a tenth of the `ring`. */
  constructor({ ring }: { readonly ring: number }) {
    this.#slowBeyond = ring / 10;
  }

  get size(): number {
    return this.#open.size;
  }

  add(watch: OpenWatch): void {
    this.#open.add(watch);
    if (this.#draining) watch.drain();
  }

  remove(watch: OpenWatch): void {
    if (this.#open.delete(watch)) this.#coalescedBefore += watch.coalesced;
  }

  /** Lets all end that are open, and those that are opened still. */
  drain(): void {
    this.#draining = true;
    for (const watch of this.#open) watch.drain();
  }

  read(): WatchFigures {
    let slowWatchers = 0;
    let coalesced = this.#coalescedBefore;
    for (const watch of this.#open) {
      if (watch.behind > this.#slowBeyond) slowWatchers++;
      coalesced += watch.coalesced;
    }
    return { watchers: this.#open.size, slowWatchers, coalesced };
  }
}
