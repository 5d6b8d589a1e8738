import { JobControlError } from "../../job/errors.ts";
import { tooManyWatchers } from "../refusals.ts";

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
  /** How many changes the one that lags most has not looked at yet. */
  readonly watchLag: number;
  readonly coalesced: number;
}

export interface OpenWatchesOptions {
  /** How many changes a watcher may lie behind. It is slow when it is further behind than a tenth of that. */
  readonly ring: number;
  /** More than this at a time are refused. */
  readonly maxWatchers: number;
}

/** The watches that are open, and how they keep up. How they do is not counted before somebody asks. */
export class OpenWatches {
  readonly #options: OpenWatchesOptions;
  readonly #open = new Set<OpenWatch>();
  /** Those that are about to open, and those of output. */
  #others = 0;
  /** What the watches that are over have left out. */
  #coalescedBefore = 0;
  #draining = false;

  constructor(options: OpenWatchesOptions) {
    this.#options = options;
  }

  get #count(): number {
    return this.#open.size + this.#others;
  }

  /** Counts one in that is about to open, or is of output. Throws TOO_MANY_WATCHERS. */
  enter(): void {
    const { maxWatchers } = this.#options;
    if (this.#count >= maxWatchers) throw new JobControlError(tooManyWatchers(maxWatchers));
    this.#others++;
  }

  /** Counts it out again, also when it has opened. */
  leave(): void {
    this.#others--;
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
    const slowBeyond = this.#options.ring / 10;
    let slowWatchers = 0;
    let watchLag = 0;
    let coalesced = this.#coalescedBefore;
    for (const watch of this.#open) {
      if (watch.behind > slowBeyond) slowWatchers++;
      watchLag = Math.max(watchLag, watch.behind);
      coalesced += watch.coalesced;
    }
    return { watchers: this.#count, slowWatchers, watchLag, coalesced };
  }
}
