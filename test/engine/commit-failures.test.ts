import { describe, expect, it } from "vitest";
import type { JobStore } from "../../src/engine/local/job-store.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { EngineBench, fateOf } from "../../src/testing/engine-bench.ts";

/** A store whose n-th commit fails, and no other. */
function failingAt(n: number): JobStore {
  const inner = createMemoryStore();
  let commits = 0;
  return {
    durability: inner.durability,
    load: (options) => inner.load(options),
    history: (after, limit) => inner.history(after, limit),
    runs: (jobId, page) => inner.runs(jobId, page),
    receipt: (id) => inner.receipt(id),
    commit: (batch) => (++commits === n ? Promise.reject(new Error("disk on fire")) : inner.commit(batch)),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

const rounds = 3;

describe("a commit that fails", () => {
  it.each([1, 2, 3, 4])("as number %i leaves nothing of itself, and all others whole", async (n) => {
    await using bench = await EngineBench.open({
      createEngine: (options) => createLocalEngine({ ...options, store: failingAt(n) }),
    });
    let applied = 0;
    for (let round = 1; round <= rounds; round++) {
      const command = bench.start({ requestId: `request-${round}` });
      const fate = fateOf(bench.engine.submit(command));
      const deliveries = await bench.drain();
      const failed = await bench.commit(deliveries, 0).then(
        () => false,
        (error: unknown) => error,
      );
      const receipt = await bench.engine.receipt({ requestId: command.requestId });
      if (round === n) {
        expect(failed).toMatchObject({ code: "STORE_UNAVAILABLE" });
        expect(String(failed)).not.toContain("fire");
        expect(await fate).toBe("rejected STORE_UNAVAILABLE");
        expect(receipt).toBeUndefined();
      } else {
        expect(failed).toBe(false);
        expect(await fate).toBe("applied");
        expect(receipt).toMatchObject({ outcome: "applied" });
        applied++;
      }
    }
    expect(applied).toBe(n <= rounds ? rounds - 1 : rounds);
    expect(bench.waiting).toEqual({ depth: 0, writers: 0 });
  });
});
