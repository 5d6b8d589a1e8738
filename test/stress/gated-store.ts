import type { Scheduler } from "fast-check";
import type { JobStore, StoredBatch } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { JobControlError } from "../../src/job/errors.ts";
import type { Change } from "../../src/job/job.ts";

/** A store in memory that answers when the scheduler says so, can fail, and forgets no change. */
export class GatedStore implements JobStore {
  readonly durability = "none";
  /** Everything that was ever committed. */
  readonly changes: Change[] = [];
  /** True: the next commit fails, and nothing of it is written. */
  failsNext = false;
  readonly #inner = createMemoryStore({ history: 1_000_000 });
  /** Unset: every answer comes at once. */
  #scheduler: Scheduler | undefined;

  /** From now on what is asked waits for the scheduler; for nothing any more where there is none. */
  gate(scheduler: Scheduler | undefined): void {
    this.#scheduler = scheduler;
  }

  /** The last revision that is committed. */
  get revision(): number {
    return this.changes.at(-1)?.revision ?? 0;
  }

  load() {
    return this.#inner.load();
  }

  async commit(batch: StoredBatch): Promise<void> {
    await this.#turn("commit");
    if (this.failsNext) {
      this.failsNext = false;
      throw new JobControlError({ code: "STORE_FULL", message: "Disk is full" });
    }
    await this.#inner.commit(batch);
    this.changes.push(...batch.changes);
  }

  async history(after: number, limit: number): Promise<readonly Change[]> {
    await this.#turn("history");
    return this.#inner.history(after, limit);
  }

  runs(...args: Parameters<JobStore["runs"]>) {
    return this.#inner.runs(...args);
  }

  receipt(...args: Parameters<JobStore["receipt"]>) {
    return this.#inner.receipt(...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  async #turn(label: string): Promise<void> {
    await this.#scheduler?.schedule(Promise.resolve(), label);
  }
}
