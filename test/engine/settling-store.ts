import { setImmediate as turn } from "node:timers/promises";
import type { JobStore } from "../../src/engine/local/job-store.ts";

/** A store whose work takes real time, and a way to wait until nothing of it is under way any more. */
export class SettlingStore {
  readonly store: JobStore;
  #underWay = 0;

  constructor(inner: JobStore) {
    this.store = {
      durability: inner.durability,
      get full() {
        return inner.full;
      },
      load: (options) => inner.load(options),
      commit: (batch) => this.#tracked(inner.commit(batch)),
      history: (after, limit) => this.#tracked(inner.history(after, limit)),
      runs: (jobId, page) => this.#tracked(inner.runs(jobId, page)),
      receipt: (id) => this.#tracked(inner.receipt(id)),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  }

  /** Resolves when nothing is under way, nor begins with what came of the last. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet = this.#underWay === 0 ? quiet + 1 : 0) await turn();
  }

  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work;
    } finally {
      this.#underWay--;
    }
  }
}
