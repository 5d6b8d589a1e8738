import { afterEach, describe, expect, it } from "vitest";
import { emptyBatch, type JobStore, type StoredBatch } from "../../src/engine/local/job-store.ts";
import type { ChangeCommand } from "../../src/job/command.ts";
import { type Change, createJob, type Job } from "../../src/job/job.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { storedReceipt } from "./stored-receipt.ts";

export interface StoreOptions {
  readonly history?: number;
  readonly runsPerJob?: number;
  readonly receipts?: number;
  readonly refusals?: number;
  readonly clock: FakeClock;
}

/** What every store of the local engine must do. `create` makes an empty one, which is not loaded yet. */
export function jobStoreSuite(create: (options: StoreOptions) => JobStore): void {
  const clock = new FakeClock();
  const opened: JobStore[] = [];

  async function open(options: Partial<StoreOptions> = {}): Promise<JobStore> {
    const store = create({ clock, ...options });
    opened.push(store);
    await store.load();
    return store;
  }

  afterEach(async () => {
    for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
  });

  async function filled(history: number, revisions: number): Promise<JobStore> {
    const store = await open({ history });
    for (let revision = 1; revision <= revisions; revision++) await store.commit(changed(revision));
    return store;
  }

  describe("history()", () => {
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

  describe("history(), however little is kept", () => {
    it("has all of the last two batches, whatever comes that changes no job", async () => {
      const store = await open({ history: 1 });
      const two = (revision: number) => ({
        ...changed(revision + 1),
        changes: [change(revision), change(revision + 1)],
      });
      for (const revision of [1, 3, 5]) await store.commit(two(revision));
      await store.commit(receiptOf("a", "applied"));
      const revisions = (await store.history(2, 9)).map(({ revision }) => revision);
      expect(revisions).toEqual([3, 4, 5, 6]);
      await expect(store.history(1, 9)).rejects.toMatchObject({ name: "HistoryGoneError" });
    });
  });

  describe("commit()", () => {
    it("takes effect in the order of the calls, also where none waits for the other", async () => {
      const store = await open();
      await Promise.all([
        store.commit({ ...emptyBatch, accepted: [{ command: startOf("a"), acceptTimeMs: 0 }] }),
        store.commit(changed(1)),
        store.commit({ ...emptyBatch, receipts: [storedReceipt("a", "applied")] }),
        store.commit(changed(2)),
      ]);
      expect((await store.history(0, 9)).map(({ revision }) => revision)).toEqual([1, 2]);
      expect(await store.receipt({ commandId: "a" })).toBeDefined();
    });
  });

  describe("runs()", () => {
    it("keeps the newest of each job, as many as it was told", async () => {
      const store = await open({ runsPerJob: 2 });
      await store.commit({ ...changed(1), runs: ["a", "b", "c"].map(run) });
      const page = await store.runs("job", { size: 10 });
      expect(page.runs.map(({ runId }) => runId)).toEqual(["c", "b"]);
    });

    it("ends, and does not begin anew, after a run that is no longer kept", async () => {
      const store = await open({ runsPerJob: 2 });
      await store.commit({ ...changed(1), runs: ["a", "b", "c"].map(run) });
      expect((await store.runs("job", { size: 10, before: "a" })).runs).toEqual([]);
    });

    it("forgets the runs of a job that was removed, those of the same batch too", async () => {
      const store = await open();
      await store.commit({ ...changed(1), runs: [run("a")] });
      await store.commit({ ...emptyBatch, changes: [change(2, "removed")], runs: [run("b")] });
      expect((await store.runs("job", { size: 10 })).runs).toEqual([]);
    });

    it("gives a job that was made anew under the same id none of the old one's", async () => {
      const store = await open();
      await store.commit({ ...changed(1), runs: [run("a")] });
      await store.commit({ ...emptyBatch, changes: [change(2, "removed")] });
      await store.commit({ ...changed(3, "another"), runs: [run("b")] });
      expect((await store.runs("job", { size: 10 })).runs.map(({ runId }) => runId)).toEqual(["b"]);
    });
  });

  describe("receipt()", () => {
    it("keeps the newest, as many as it was told", async () => {
      const store = await open({ receipts: 2 });
      for (const name of ["a", "b", "c"]) await store.commit(receiptOf(name, "applied"));
      expect(await store.receipt({ commandId: "a" })).toBeUndefined();
      expect(await store.receipt({ requestId: "request-a" })).toBeUndefined();
      expect(await store.receipt({ requestId: "request-c" })).toMatchObject({ content: "c" });
    });

    it("keeps refusals apart: however many there are, they cost no answer", async () => {
      const store = await open({ receipts: 1, refusals: 2 });
      await store.commit(receiptOf("a", "applied"));
      for (const name of ["b", "c", "d"]) await store.commit(receiptOf(name, "evicted"));
      expect(await store.receipt({ requestId: "request-a" })).toMatchObject({ content: "a" });
      expect(await store.receipt({ commandId: "b" })).toBeUndefined();
      expect(await store.receipt({ commandId: "d" })).toMatchObject({ content: "d" });
    });

    it("keeps apart, too, what nobody can ask for again: it costs no answer", async () => {
      const store = await open({ receipts: 1, refusals: 2 });
      await store.commit(receiptOf("a", "applied"));
      const receipts = ["b", "c", "d"].map((name) => storedReceipt(name, "applied", ""));
      await store.commit({ ...emptyBatch, receipts });
      expect(await store.receipt({ requestId: "request-a" })).toMatchObject({ content: "a" });
      expect(await store.receipt({ commandId: "b" })).toBeUndefined();
      expect(await store.receipt({ commandId: "d" })).toMatchObject({ content: "d" });
    });

    it("tells the answer of a request, and of refusals the last one", async () => {
      const store = await open();
      const tries = ["first", "second", "third"].map((name) => storedReceipt(name, "expired", "r"));
      for (const receipt of tries) await store.commit({ ...emptyBatch, receipts: [receipt] });
      expect(await store.receipt({ requestId: "r" })).toMatchObject({ content: "third" });
      const answer = storedReceipt("answer", "applied", "r");
      await store.commit({ ...emptyBatch, receipts: [answer] });
      expect(await store.receipt({ requestId: "r" })).toMatchObject({ content: "answer" });
      expect(await store.receipt({ commandId: "first" })).toMatchObject({ content: "first" });
    });

    it("keeps each for 24 hours", async () => {
      const store = await open();
      await store.commit(receiptOf("a", "applied"));
      await clock.advance(day - 1);
      expect(await store.receipt({ commandId: "a" })).toMatchObject({ content: "a" });
      await clock.advance(1);
      expect(await store.receipt({ commandId: "a" })).toBeUndefined();
    });

    it.each([2 * day, -2 * day])(
      "keeps each for its time, also where the wall clock is set by %i ms",
      async (ms) => {
        const store = await open();
        await store.commit(receiptOf("a", "applied"));
        clock.jump(ms);
        await store.commit(receiptOf("b", "applied"));
        expect(await store.receipt({ commandId: "a" })).toMatchObject({ content: "a" });
        clock.jump(-ms);
        await store.commit(receiptOf("c", "applied"));
        await clock.advance(day - 1);
        for (const commandId of ["a", "b", "c"])
          expect(await store.receipt({ commandId })).toMatchObject({ content: commandId });
        await clock.advance(1);
        expect(await store.receipt({ commandId: "a" })).toBeUndefined();
      },
    );

    it("finds nothing by an empty request id", async () => {
      const store = await open();
      await store.commit({ ...emptyBatch, receipts: [storedReceipt("a", "applied", "")] });
      expect(await store.receipt({ requestId: "" })).toBeUndefined();
    });
  });
}

export const day = 24 * 60 * 60 * 1000;

export function jobOf(revision: number, uid = "uid"): Job {
  const job = createJob({ jobId: "job", jobType: "job", uid, nowMs: 0 });
  return { ...job, status: { ...job.status, revision } };
}

export function change(revision: number, kind: Change["kind"] = "changed"): Change {
  const { status } = jobOf(revision);
  return { revision, kind, status, previousLabels: status.labels, progressOnly: false };
}

/** A batch with the job at a revision. */
export function changed(revision: number, uid?: string): StoredBatch {
  const job = jobOf(revision, uid);
  return {
    ...emptyBatch,
    changes: [{ ...change(revision), status: job.status }],
    jobs: new Map([["job", job]]),
  };
}

export function receiptOf(name: string, outcome: "applied" | "evicted"): StoredBatch {
  return { ...emptyBatch, receipts: [storedReceipt(name, outcome)] };
}

export function run(runId: string) {
  return {
    jobId: "job",
    run: { runId, state: "succeeded", attempt: 1, maxAttempts: 1, startTimeMs: 0 } as const,
  };
}

export function startOf(commandId: string): ChangeCommand {
  const base = {
    kind: "start",
    commandId,
    requestId: "",
    priority: "normal",
    replyMode: "accepted",
  } as const;
  const asked = { jobId: "job", requestedBy: "", reason: "", etag: "", validateOnly: false } as const;
  return { ...base, ...asked, jobType: "", conflictPolicy: "use-existing", labels: {} };
}
