import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { emptyBatch, type JobStore, type StoredBatch } from "../../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { createJob } from "../../../src/job/job.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { change, changed, day, run, startOf } from "../job-store-suite.ts";
import { storedReceipt } from "../stored-receipt.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
afterAll(() => folder[Symbol.dispose]());

const bounds = { history: 50, runsPerJob: 5, receipts: 100, refusals: 20 };

/** How many rows each table has. */
function rowsOf(file: string) {
  const database = new DatabaseSync(file, { readOnly: true });
  const count = (table: string) => {
    const { rows } = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() ?? {};
    return Number(rows);
  };
  const rows = {
    jobs: count("jobs"),
    job_data: count("job_data"),
    changes: count("changes"),
    runs: count("runs"),
    removed_jobs: count("removed_jobs"),
    receipts: count("receipts"),
    refusals: count("refusals"),
    pending: count("pending"),
  };
  database.close();
  return rows;
}

/** All of a job's life at the next revisions: made, run, removed. */
function lifeOf(number: number): StoredBatch[] {
  const revision = 2 * number - 1;
  const job = createJob({ jobId: `job-${number}`, jobType: "job", uid: `uid-${number}`, nowMs: 0 });
  const status = { ...job.status, revision };
  const made = { ...change(revision), status };
  const runs = Array.from({ length: 8 }, (_, index) => ({ ...run(`run-${index}`), jobId: status.jobId }));
  const input = { text: "x".repeat(200) };
  return [
    {
      ...emptyBatch,
      accepted: [{ command: startOf(`command-${number}`), acceptTimeMs: 0 }],
      changes: [made],
      jobs: new Map([[status.jobId, { ...job, status, input }]]),
      runs,
      receipts: [storedReceipt(`refused-${number}`, "evicted")],
    },
    {
      ...emptyBatch,
      changes: [{ ...made, revision: revision + 1, kind: "removed" }],
      receipts: [storedReceipt(`command-${number}`, "applied")],
    },
  ];
}

async function live(store: JobStore, from: number, to: number): Promise<void> {
  const batches = Array.from({ length: to - from }, (_, index) => lifeOf(from + index + 1)).flat();
  await Promise.all(batches.map((batch) => store.commit(batch)));
}

describe("a SQLite store, however long it is used", () => {
  it("keeps no more than its bounds say, and its file does not grow without end", async () => {
    const file = folder.newFile();
    const store = createSqliteStore({ file, ...bounds }, inlineConnection);
    await store.load();
    const sizes: number[] = [];
    for (let thousands = 0; thousands < 4; thousands++) {
      await live(store, thousands * 1000, (thousands + 1) * 1000);
      sizes.push(statSync(file).size + statSync(`${file}-wal`).size);
    }
    const rows = rowsOf(file);
    expect(rows).toMatchObject({
      jobs: 0,
      job_data: 0,
      changes: 50,
      receipts: 100,
      refusals: 20,
      pending: 0,
    });
    expect(rows.runs).toBeLessThan(1000);
    // Of which 4 MiB are the log, before it begins anew. All that was written would be 15 MB.
    expect(Math.max(...sizes)).toBeLessThan(6_000_000);
    await store[Symbol.asyncDispose]();
  });

  it("deletes the runs of a job that is gone, by and by", async () => {
    const file = folder.newFile();
    const store = createSqliteStore({ file, ...bounds, runsPerJob: 1000 }, inlineConnection);
    await store.load();
    const runs = Array.from({ length: 900 }, (_, index) => run(`run-${index}`));
    await store.commit({ ...changed(1), runs });
    await store.commit({ ...emptyBatch, changes: [change(2, "removed")] });
    expect(rowsOf(file).runs).toBeGreaterThan(600);
    for (let revision = 3; revision < 9; revision++) await store.commit(changed(revision, "another"));
    expect(rowsOf(file)).toMatchObject({ runs: 0, removed_jobs: 0 });
    await store[Symbol.asyncDispose]();
  });

  it("deletes receipts and runs of which the time has passed, with what comes next", async () => {
    const file = folder.newFile();
    const clock = new FakeClock();
    const store = createSqliteStore({ file, clock }, inlineConnection);
    await store.load();
    await store.commit({ ...changed(1), runs: [run("old")], receipts: [storedReceipt("old", "applied")] });
    await clock.advance(31 * day);
    await store.commit({ ...changed(2), runs: [run("new")], receipts: [storedReceipt("new", "applied")] });
    expect(rowsOf(file)).toMatchObject({ runs: 1, receipts: 1 });
    expect((await store.runs("job", { size: 9 })).runs).toEqual([run("new").run]);
    await store[Symbol.asyncDispose]();
  });

  it.each([
    ["receipts", { receipts: [storedReceipt("a", "applied")] }],
    ["refusals", { receipts: [storedReceipt("a", "evicted")] }],
  ])(
    "keeps %s for their time also where the next server begins with its clock put back",
    async (_, written) => {
      const file = folder.newFile();
      const clock = new FakeClock();
      const first = createSqliteStore({ file, clock }, inlineConnection);
      await first.load();
      await first.commit({ ...changed(1), ...written });
      await first[Symbol.asyncDispose]();
      clock.jump(-20 * 365 * day);
      const second = createSqliteStore({ file, clock }, inlineConnection);
      await second.load();
      await clock.advance(day - 1);
      expect(await second.receipt({ commandId: "a" })).toBeDefined();
      await clock.advance(1);
      expect(await second.receipt({ commandId: "a" })).toBeUndefined();
      await second[Symbol.asyncDispose]();
    },
  );

  it("comes down to smaller bounds than it was made with, a little with every batch", async () => {
    const file = folder.newFile();
    const large = createSqliteStore({ file }, inlineConnection);
    await large.load();
    await Promise.all(Array.from({ length: 500 }, (_, index) => large.commit(changed(index + 1))));
    await large[Symbol.asyncDispose]();
    const small = createSqliteStore({ file, history: 10 }, inlineConnection);
    expect((await small.load()).oldestCursor).toBe(490);
    await small.commit(changed(501));
    expect(rowsOf(file).changes).toBeGreaterThan(400);
    for (let revision = 502; revision < 540; revision++) await small.commit(changed(revision));
    expect(rowsOf(file).changes).toBe(10);
    await small[Symbol.asyncDispose]();
  });
});
