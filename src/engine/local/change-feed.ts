import type { Abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { WakeUp } from "../../async/wake-up.ts";
import type { Change } from "../../job/job.ts";
import { HistoryGoneError } from "../engine.ts";
import type { JobStore } from "./job-store.ts";

/** Tells every follower the committed changes of a store, in order: those that it keeps, then those to come. */
export class ChangeFeed {
  readonly #store: JobStore;
  readonly #clock: Clock;
  /** One for each iteration that is going on. */
  readonly #followers = new Set<WakeUp>();
  #ended = false;

  constructor(store: JobStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** To be called when changes were committed. */
  wake(): void {
    for (const follower of this.#followers) follower.wake();
  }

  /** Ends all iterations. */
  end(): void {
    this.#ended = true;
    this.wake();
  }

  /** What `Engine.changes` promises. */
  async *changes(after: number, { signal }: Abortable = {}): AsyncGenerator<Change, void, undefined> {
    const wakeUp = new WakeUp();
    const wake = () => wakeUp.wake();
    const ended = () => signal?.aborted === true || this.#ended;
    this.#followers.add(wakeUp);
    signal?.addEventListener("abort", wake);
    try {
      for (let cursor = after; !ended(); ) {
        const page = await this.#page(cursor);
        for (const change of page ?? []) {
          if (ended()) return;
          yield change;
          cursor = change.revision;
        }
        const timer = page === undefined ? this.#clock.setTimer(retryMs, wake) : undefined;
        if ((page ?? []).length === 0 && !ended()) await wakeUp.wait();
        timer?.cancel();
      }
    } finally {
      this.#followers.delete(wakeUp);
      signal?.removeEventListener("abort", wake);
    }
  }

  /** Undefined where the store cannot read now: whoever follows waits, and misses nothing. */
  async #page(after: number): Promise<readonly Change[] | undefined> {
    try {
      return await this.#store.history(after, pageSize);
    } catch (error) {
      if (error instanceof HistoryGoneError) throw error;
      return undefined;
    }
  }
}

const retryMs = 500;

/** How many changes are read from the store at once. */
const pageSize = 256;
