import type { JobStore } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";

export interface Failures {
  /** Which commit fails, and no other. */
  readonly commit?: number;
  /** Which look-up of a receipt fails, and no other. */
  readonly receipt?: number;
  /** Which call of any kind, once it is loaded, fails, and no other. */
  readonly call?: number;
  /** What it fails with. */
  readonly error: Error;
}

export interface OnceFailingStore extends JobStore {
  /** How many calls there were. */
  readonly calls: number;
}

/** A store that does what it should, but for one time. */
export function onceFailingStore(
  { error, ...failing }: Failures,
  inner = createMemoryStore(),
): OnceFailingStore {
  const counts = { commit: 0, receipt: 0, call: 0 };
  const fails = (kind: keyof typeof counts) => ++counts[kind] === failing[kind];
  const attempt = <T>(work: () => Promise<T>, kind?: "commit" | "receipt"): Promise<T> => {
    const isFailing = [kind !== undefined && fails(kind), fails("call")].includes(true);
    return isFailing ? Promise.reject(error) : work();
  };
  return {
    durability: inner.durability,
    get calls() {
      return counts.call;
    },
    load: (options) => inner.load(options),
    history: (after, limit) => attempt(() => inner.history(after, limit)),
    runs: (jobId, page) => attempt(() => inner.runs(jobId, page)),
    receipt: (id) => attempt(() => inner.receipt(id), "receipt"),
    commit: (batch) => attempt(() => inner.commit(batch), "commit"),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
