/** A watch, as its gauge sees it. */
export interface GaugedWatch {
  /** How many changes it has not looked at yet. */
  readonly behind: number;
  /** How many changes it has left out because a later one of the same job came. */
  readonly coalesced: number;
}

export interface WatchFigures {
  readonly watchers: number;
  readonly slowWatchers: number;
  readonly coalesced: number;
}

/** How the watches keep up. Each adds itself; nothing is counted before somebody asks. */
export class WatchGauge {
  readonly #slowBeyond: number;
  readonly #open = new Set<GaugedWatch>();
  /** What the watches that are over have left out. */
  #coalescedBefore = 0;

  /** A watch is slow when it is further behind than a tenth of the `ring`. */
  constructor({ ring }: { readonly ring: number }) {
    this.#slowBeyond = ring / 10;
  }

  /** Returns what takes the watch out again. */
  add(watch: GaugedWatch): () => void {
    this.#open.add(watch);
    return () => {
      if (this.#open.delete(watch)) this.#coalescedBefore += watch.coalesced;
    };
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
