import type { Clock } from "../../async/clock.ts";
import type { EngineObserver } from "../engine.ts";
import type { JobStore, StoredBatch } from "./job-store.ts";

export interface StoreWritesOptions {
  readonly clock: Clock;
  readonly observer: EngineObserver | undefined;
}

/** The way into the store, and how it goes there. */
export class StoreWrites {
  readonly #store: Pick<JobStore, "commit">;
  readonly #options: StoreWritesOptions;
  #canWrite = true;

  constructor(store: Pick<JobStore, "commit">, options: StoreWritesOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** False from a write that failed to the next that succeeds. */
  get canWrite(): boolean {
    return this.#canWrite;
  }

  /** As `JobStore.commit`. */
  async commit(batch: StoredBatch): Promise<void> {
    const { clock, observer } = this.#options;
    const beganAtMs = clock.monotonic();
    try {
      await this.#store.commit(batch);
      this.#canWrite = true;
    } catch (error) {
      this.#canWrite = false;
      throw error;
    } finally {
      observer?.storeCommitted(clock.monotonic() - beganAtMs, this.#canWrite);
    }
  }
}
