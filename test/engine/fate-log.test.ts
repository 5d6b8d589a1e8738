import { describe, expect, it } from "vitest";
import { FateLog } from "../../src/engine/local/fate-log.ts";
import type { JobStore, StoredBatch } from "../../src/engine/local/job-store.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import type { Outcome } from "../../src/job/settlement.ts";
import { EngineBench, fateOf } from "../../src/testing/engine-bench.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { onceFailingStore } from "./once-failing-store.ts";
import { storedReceipt } from "./stored-receipt.ts";

describe("FateLog", () => {
  it("tells of a fate at once, and writes it", async () => {
    const store = createMemoryStore();
    const fates = fateLog(store);
    fates.add(fateOfCommand("a", "expired"));
    expect(fates.find({ commandId: "a" })).toMatchObject({ content: "a" });
    expect(fates.find({ requestId: "request-a" })).toMatchObject({ content: "a" });
    await fates.flush();
    expect(fates.find({ commandId: "a" })).toBeUndefined();
    expect(await store.receipt({ requestId: "request-a" })).toMatchObject({ content: "a" });
  });

  it("writes what comes while it writes as the next batch", async () => {
    const batches: string[][] = [];
    const inner = createMemoryStore();
    const commit: typeof inner.commit = async (batch) => {
      batches.push(batch.receipts.map(({ content }) => content));
    };
    const fates = fateLog({ ...inner, commit });
    for (const name of ["a", "b", "c"]) fates.add(fateOfCommand(name, "evicted"));
    await fates.flush();
    expect(batches).toEqual([["a"], ["b", "c"]]);
  });

  it("goes on telling what the store cannot write, and writes it with what comes next", async () => {
    const store = onceFailingStore({ commit: 1, error: new Error("no") });
    const fates = fateLog(store);
    fates.add(fateOfCommand("a", "expired"));
    await fates.flush();
    expect(fates.find({ commandId: "a" })).toMatchObject({ content: "a" });
    expect(await store.receipt({ commandId: "a" })).toBeUndefined();
    fates.add(fateOfCommand("b", "expired"));
    await fates.flush();
    for (const commandId of ["a", "b"]) {
      expect(fates.find({ commandId })).toBeUndefined();
      expect(await store.receipt({ commandId })).toBeDefined();
    }
  });

  it("tries again by itself what somebody waits for, once its store can write again", async () => {
    const clock = new FakeClock();
    const store = onceFailingStore({ commit: 1, error: new Error("no") });
    const fates = fateLog(store, clock);
    let written = false;
    fates.add({ ...fateOfCommand("a", "evicted"), onWritten: () => (written = true) });
    await fates.flush();
    expect(written).toBe(false);
    await clock.advance(500);
    expect(written).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives up the oldest where the store can write nothing for long", async () => {
    const fates = fateLog({ commit: () => Promise.reject(new Error("no")) });
    for (let number = 0; number < 1500; number++) fates.add(fateOfCommand(`${number}`, "dropped"));
    await fates.flush();
    await fates.flush();
    expect(fates.find({ commandId: "499" })).toBeUndefined();
    expect(fates.find({ commandId: "500" })).toBeDefined();
    expect(fates.find({ commandId: "1499" })).toBeDefined();
  });

  it("does not try all of them with each that comes, while the store cannot write", async () => {
    const clock = new FakeClock();
    let tries = 0;
    const commit = () => {
      tries++;
      return Promise.reject(new Error("no"));
    };
    const fates = fateLog({ commit }, clock);
    for (let number = 0; number < 100; number++) {
      fates.add(fateOfCommand(`${number}`, "expired"));
      await clock.advance(1);
    }
    expect(tries).toBe(1);
    await clock.advance(1000);
    expect(tries).toBe(3);
    await fates.end();
    expect(clock.pendingTimers).toBe(0);
  });
});

function fateLog(store: Pick<JobStore, "commit">, clock = new FakeClock()): FateLog {
  return new FateLog({ commit: (batch) => store.commit(batch), clock });
}

function fateOfCommand(name: string, outcome: Outcome) {
  return { stored: storedReceipt(name, outcome) };
}

describe("LocalEngine.receipt()", () => {
  it("is written also of what is drained as the last thing", async () => {
    const store = createMemoryStore();
    const bench = await EngineBench.open({
      createEngine: (options) => createLocalEngine({ ...options, store }),
    });
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r" })));
    await bench.settle();
    await bench[Symbol.asyncDispose]();
    expect(await fate).toBe("drained DRAINING");
    expect(await store.receipt({ requestId: "r" })).toMatchObject({
      settlement: { receipt: { outcome: "drained" } },
    });
  });

  it("is that of the answer, though the refusal of an earlier try is still to be written", async () => {
    const failing = onceFailingStore({ commit: 1, error: new Error("no") });
    const late = Promise.withResolvers<void>();
    let commits = 0;
    const commit = async (batch: StoredBatch) => {
      if (++commits === 3) await late.promise;
      await failing.commit(batch);
    };
    const store = { ...failing, commit };
    await using bench = await EngineBench.open({
      createEngine: (options) => createLocalEngine({ ...options, store }),
    });
    const first = bench.start({ requestId: "r" });
    const caller = bench.caller();
    const refused = fateOf(bench.engine.submit(first, caller));
    await bench.settle();
    caller.abort();
    expect(await refused).toBe("cancelled COMMAND_CANCELLED");
    const retried = fateOf(bench.engine.submit(bench.start({ requestId: "r" })));
    await bench.applyAll();
    expect(await retried).toBe("applied");
    const told = [await bench.engine.receipt({ requestId: "r" }), await bench.engine.receipt(first)];
    late.resolve();
    expect(told.map((receipt) => receipt?.outcome)).toEqual(["applied", "cancelled"]);
  });
});
