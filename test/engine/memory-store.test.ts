import { describe, expect, it } from "vitest";
import { emptyBatch } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { type Change, createJob } from "../../src/job/job.ts";
import type { Outcome } from "../../src/job/settlement.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { storedReceipt } from "./stored-receipt.ts";

const job = createJob({ jobId: "job", jobType: "job", uid: "uid", nowMs: 0 });
const jobs = new Map([["job", job]]);

function change(revision: number, kind: Change["kind"] = "changed"): Change {
  return { revision, kind, status: { ...job.status, revision }, progressOnly: false };
}

function run(runId: string) {
  return {
    jobId: "job",
    run: { runId, state: "succeeded", attempt: 1, maxAttempts: 1, startTimeMs: 0 } as const,
  };
}

async function filled(history: number, revisions: number) {
  const store = createMemoryStore({ history });
  for (let revision = 1; revision <= revisions; revision++) {
    await store.commit({ ...emptyBatch, changes: [change(revision)] });
  }
  return store;
}

describe("MemoryStore.history()", () => {
  it.each([1, 2, 3, 4, 5, 9, 10])(
    "keeps the last 3 of %i changes, and says where more were asked for",
    async (revisions) => {
      const store = await filled(3, revisions);
      const oldest = Math.max(0, revisions - 3);
      for (let after = oldest; after <= revisions; after++) {
        const page = await store.history(after, 100);
        expect(page.map(({ revision }) => revision)).toEqual(
          Array.from({ length: revisions - after }, (_, index) => after + 1 + index),
        );
      }
      if (oldest > 0) await expect(store.history(oldest - 1, 100)).rejects.toThrow("no longer kept");
      await expect(store.history(revisions + 1, 100)).rejects.toThrow("not happened yet");
    },
  );

  it("gives at most as many as were asked for", async () => {
    const store = await filled(10, 5);
    expect((await store.history(1, 2)).map(({ revision }) => revision)).toEqual([2, 3]);
  });
});

describe("MemoryStore.load()", () => {
  it("tells of the jobs that are there, and of the last revision", async () => {
    const store = createMemoryStore();
    await store.commit({ ...emptyBatch, changes: [change(1)], jobs });
    expect(await store.load()).toMatchObject({ revision: 1, jobs: [{ status: { jobId: "job" } }] });
    await store.commit({ ...emptyBatch, changes: [change(2, "removed")] });
    expect(await store.load()).toMatchObject({ revision: 2, jobs: [] });
  });
});

describe("MemoryStore.runs()", () => {
  it("keeps the newest of each job, as many as it was told", async () => {
    const store = createMemoryStore({ runsPerJob: 2 });
    const runs = ["a", "b", "c"].map(run);
    await store.commit({ ...emptyBatch, changes: [change(1)], jobs, runs });
    const page = await store.runs("job", { size: 10 });
    expect(page.runs.map(({ runId }) => runId)).toEqual(["c", "b"]);
  });

  it("ends, and does not begin anew, after a run that is no longer kept", async () => {
    const store = createMemoryStore({ runsPerJob: 2 });
    const runs = ["a", "b", "c"].map(run);
    await store.commit({ ...emptyBatch, changes: [change(1)], jobs, runs });
    expect(await store.runs("job", { size: 10, before: "a" })).toEqual({ runs: [] });
  });

  it("forgets the runs of a job that was removed, those of the same batch too", async () => {
    const store = createMemoryStore();
    await store.commit({ ...emptyBatch, changes: [change(1)], jobs, runs: [run("a")] });
    const removal = { ...emptyBatch, changes: [change(2, "removed")], runs: [run("b")] };
    await store.commit(removal);
    expect((await store.runs("job", { size: 10 })).runs).toEqual([]);
  });
});

describe("MemoryStore.receipt()", () => {
  it("keeps the newest, as many as it was told", async () => {
    const store = createMemoryStore({ receipts: 2 });
    for (const name of ["a", "b", "c"]) await store.commit(receiptOf(name, "applied"));
    expect(await store.receipt({ commandId: "a" })).toBeUndefined();
    expect(await store.receipt({ requestId: "request-a" })).toBeUndefined();
    expect(await store.receipt({ requestId: "request-c" })).toMatchObject({ content: "c" });
  });

  it("keeps refusals apart: however many there are, they cost no answer", async () => {
    const store = createMemoryStore({ receipts: 1, refusals: 2 });
    await store.commit(receiptOf("a", "applied"));
    for (const name of ["b", "c", "d"]) await store.commit(receiptOf(name, "evicted"));
    expect(await store.receipt({ requestId: "request-a" })).toMatchObject({ content: "a" });
    expect(await store.receipt({ commandId: "b" })).toBeUndefined();
    expect(await store.receipt({ commandId: "d" })).toMatchObject({ content: "d" });
  });

  it("keeps each for 24 hours, whatever the wall clock does", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    await store.commit(receiptOf("a", "applied"));
    await clock.advance(day - 1);
    clock.jump(day);
    expect(await store.receipt({ commandId: "a" })).toMatchObject({ content: "a" });
    await clock.advance(1);
    expect(await store.receipt({ commandId: "a" })).toBeUndefined();
  });
});

const day = 24 * 60 * 60 * 1000;

function receiptOf(name: string, outcome: Outcome) {
  return { ...emptyBatch, receipts: [storedReceipt(name, outcome)] };
}
