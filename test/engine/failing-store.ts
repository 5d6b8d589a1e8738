import type { JobStore } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";

export interface Failures {
  /** Which commit fails, and no other. */
  readonly commit?: number;
  /** Which look-up of a receipt fails, and no other. */
  readonly receipt?: number;
  /** What it fails with. */
  readonly error: Error;
}

/** A store that does what it should, but for one time. */
export function failingStore({ commit, receipt, error }: Failures): JobStore {
  const inner = createMemoryStore();
  let commits = 0;
  let lookUps = 0;
  return {
    durability: inner.durability,
    load: (options) => inner.load(options),
    history: (after, limit) => inner.history(after, limit),
    runs: (jobId, page) => inner.runs(jobId, page),
    receipt: (id) => (++lookUps === receipt ? Promise.reject(error) : inner.receipt(id)),
    commit: (batch) => (++commits === commit ? Promise.reject(error) : inner.commit(batch)),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
