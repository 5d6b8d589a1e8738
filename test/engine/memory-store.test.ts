import { describe, expect, it } from "vitest";
import { emptyBatch } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { closedCircuit } from "../../src/job/circuit.ts";
import { change, changed, jobStoreSuite, startOf } from "./job-store-suite.ts";
import { storedReceipt } from "./stored-receipt.ts";

describe("MemoryStore", () => jobStoreSuite(createMemoryStore));

describe("MemoryStore.load()", () => {
  it("tells of the jobs that are there, and of the last revision", async () => {
    const store = createMemoryStore();
    await store.commit(changed(1));
    expect(await store.load()).toMatchObject({ revision: 1, jobs: [{ status: { jobId: "job" } }] });
    await store.commit({ ...emptyBatch, changes: [change(2, "removed")] });
    expect(await store.load()).toMatchObject({ revision: 2, jobs: [] });
  });

  it("tells of the circuits of job types, but for those without trouble", async () => {
    const store = createMemoryStore();
    const open = { state: "open", failures: 2, openedMs: 1 } as const;
    await store.commit({ ...emptyBatch, circuits: new Map([["a", open] as const, ["b", open] as const]) });
    await store.commit({ ...emptyBatch, circuits: new Map([["a", closedCircuit]]) });
    expect((await store.load()).circuits).toEqual(new Map([["b", open]]));
  });

  it("tells of the commands that are accepted and not settled", async () => {
    const store = createMemoryStore();
    const accepted = ["a", "b"].map((name) => ({ command: startOf(name), acceptTimeMs: 1 }));
    await store.commit({ ...emptyBatch, accepted });
    await store.commit({ ...emptyBatch, receipts: [storedReceipt("a", "applied")] });
    expect((await store.load()).pending).toEqual([accepted[1]]);
  });
});
