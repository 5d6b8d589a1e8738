import type { JobStore, StoredBatch } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { JobControlError, type Refusal } from "../../src/job/errors.ts";

export const diskFull = new JobControlError({ code: "STORE_FULL", message: "Disk is full" });

/** A store that keeps what it is given, and whose commits fail, or take their time, as a test says. */
export class FailingStore implements JobStore {
  readonly #inner: JobStore = createMemoryStore();
  readonly durability = this.#inner.durability;
  readonly batches: StoredBatch[] = [];
  /** Commits fail with it while it is set. */
  error: Error | undefined;
  /** Set: it has room only for what ends work. */
  full: Refusal | undefined;
  /** Aborted: nothing can be written any more. */
  readonly losing = new AbortController();
  readonly lost = this.losing.signal;
  /** What a commit waits for. */
  delay: () => Promise<void> = async () => {};

  load: JobStore["load"] = (options) => this.#inner.load(options);
  history: JobStore["history"] = (after, limit) => this.#inner.history(after, limit);
  runs: JobStore["runs"] = (jobId, page) => this.#inner.runs(jobId, page);
  receipt: JobStore["receipt"] = (id) => this.#inner.receipt(id);

  async commit(batch: StoredBatch): Promise<void> {
    await this.delay();
    if (this.error !== undefined) throw this.error;
    this.batches.push(batch);
    await this.#inner.commit(batch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}
