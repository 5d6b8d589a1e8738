import { existsSync, readdirSync, statSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/async/clock.ts";
import { emptyBatch, type JobStore } from "../../../src/engine/local/job-store.ts";
import { createSqliteStore, type SqliteStoreOptions } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import type { Connect } from "../../../src/engine/local/sqlite/store-connections.ts";
import type { StoreConnection } from "../../../src/engine/local/sqlite/store-requests.ts";
import { StoreThread } from "../../../src/engine/local/sqlite/store-thread.ts";
import type { Job } from "../../../src/job/job.ts";
import { change, changed, jobOf, jobStoreSuite, receiptOf, run, startOf } from "../job-store-suite.ts";
import { storedReceipt } from "../stored-receipt.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const opened: JobStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
});
afterAll(() => folder[Symbol.dispose]());

/** A store whose connections have their threads, as in a server. */
async function open(file: string, options: Partial<SqliteStoreOptions> = {}) {
  const store = createSqliteStore({ file, ...options });
  opened.push(store);
  return { store, state: await store.load() };
}

describe("SqliteStore", () =>
  jobStoreSuite((options) => createSqliteStore({ file: folder.newFile(), ...options }, inlineConnection)));

describe("SqliteStore.load()", () => {
  it("finds everything again after the process was killed", async () => {
    const file = folder.newFile();
    const { store, state } = await open(file);
    expect(state).toMatchObject({ revision: 0, oldestCursor: 0, jobs: [], pending: [] });
    const job: Job = { ...jobOf(1), input: { text: "à ☃ \u0000" }, result: { n: 1e300 } };
    const accepted = [{ command: startOf("pending"), acceptTimeMs: 1.5 }];
    await store.commit({ ...changed(1), jobs: new Map([["job", job]]), runs: [run("a")], accepted });
    const circuits = new Map([["job", { state: "open", failures: 3, openedMs: 1.5 } as const]]);
    await store.commit({ ...emptyBatch, circuits });
    await store.commit({ ...emptyBatch, receipts: [storedReceipt("done", "applied")] });
    const after = await open(folder.copy(file));
    expect(after.state).toEqual({
      epoch: state.epoch,
      revision: 1,
      oldestCursor: 0,
      jobs: [expect.objectContaining({ input: job.input, result: job.result, forced: false })],
      circuits,
      pending: accepted,
    });
    expect(after.state.jobs[0]?.status).toEqual(JSON.parse(JSON.stringify(job.status)));
    expect(await after.store.history(0, 9)).toEqual([change(1)]);
    expect((await after.store.runs("job", { size: 9 })).runs).toEqual([run("a").run]);
    expect(await after.store.receipt({ commandId: "done" })).toEqual(storedReceipt("done", "applied"));
  });

  it("leaves others their turns while it takes in what there is", async () => {
    const file = folder.newFile();
    const { store } = await open(file);
    const ids = Array.from({ length: 5000 }, (_, index) => `job-${index}`);
    const jobs = ids.map((jobId) => ({ ...jobOf(1), status: { ...jobOf(1).status, jobId } }));
    await store.commit({ ...changed(1), jobs: new Map(jobs.map((job) => [job.status.jobId, job])) });
    const next = createSqliteStore({ file: folder.copy(file) }, inlineConnection);
    opened.push(next);
    let isLoaded = false;
    const loaded = next.load().finally(() => {
      isLoaded = true;
    });
    let turns = 0;
    for (; !isLoaded; turns++) await turn();
    expect((await loaded).jobs).toHaveLength(5000);
    // Of a thousand jobs each.
    expect(turns).toBeGreaterThan(5);
  });

  it("keeps the input and the result of a job, however often its status changes", async () => {
    const file = folder.newFile();
    const { store } = await open(file);
    const input = { text: "x".repeat(60_000) };
    for (let revision = 1; revision <= 20; revision++) {
      const batch = changed(revision);
      await store.commit({ ...batch, jobs: new Map([["job", { ...jobOf(revision), input }]]) });
    }
    // Twenty times the input would be more than a megabyte.
    expect(statSync(`${file}-wal`).size).toBeLessThan(800_000);
    expect((await open(folder.copy(file))).state.jobs).toMatchObject([{ input }]);
    await store.commit(changed(21));
    expect((await open(folder.copy(file))).state.jobs[0]?.input).toBeUndefined();
  });

  it("brings back the content of many jobs, part by part", async () => {
    const file = folder.newFile();
    const { store } = await open(file);
    const jobs = Array.from({ length: 450 }, (_, index): Job => {
      const { status, ...rest } = jobOf(index + 1);
      const content = index % 3 === 0 ? {} : { input: { index }, result: { text: "x".repeat(index) } };
      return { ...rest, status: { ...status, jobId: `job-${index}`, uid: `uid-${index}` }, ...content };
    });
    const changes = jobs.map(({ status }) => ({ ...change(status.revision), status }));
    await store.commit({ ...emptyBatch, changes, jobs: new Map(jobs.map((job) => [job.status.jobId, job])) });
    const { state } = await open(folder.copy(file));
    const contentOf = ({ status: { jobId }, input, result }: Job) => [jobId, input, result];
    expect(new Set(state.jobs.map(contentOf))).toEqual(new Set(jobs.map(contentOf)));
  });

  it("has one epoch, whoever opens the file, and another one in another file", async () => {
    const file = folder.newFile();
    const first = await open(file);
    await first.store[Symbol.asyncDispose]();
    const again = await open(file);
    const other = await open(folder.newFile());
    expect(again.state.epoch).toBe(first.state.epoch);
    expect(first.state.epoch).toMatch(/^[0-9a-z]{12}$/);
    expect(other.state.epoch).not.toBe(first.state.epoch);
  });
});

describe("SqliteStore.commit()", () => {
  it("makes one transaction of what comes while another is under way", async () => {
    const groups: number[] = [];
    const { store } = await counting(groups);
    const commits = Array.from({ length: 50 }, (_, index) => store.commit(receiptOf(`${index}`, "applied")));
    await Promise.all(commits);
    expect(groups).toEqual([1, 49]);
  });

  it("refuses one that cannot be written, and writes those that came with it", async () => {
    const { store } = await open(folder.newFile());
    await store.commit(changed(1));
    const results = await Promise.allSettled([
      store.commit(receiptOf("before", "applied")),
      store.commit(receiptOf("with", "applied")),
      // A revision that is there already: the file's own bounds refuse it.
      store.commit(changed(1)),
      store.commit(receiptOf("after", "applied")),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(results[2]).toMatchObject({ reason: { code: "STORE_UNAVAILABLE" } });
    for (const commandId of ["before", "with", "after"])
      expect(await store.receipt({ commandId })).toBeDefined();
    await store.commit(changed(2));
  });

  it("knows in one transaction what the batches before have written", async () => {
    const file = folder.newFile();
    const { store } = await open(file);
    const input = { n: 1 };
    const withInput = { ...changed(1), jobs: new Map([["job", { ...jobOf(1), input }]]) };
    await Promise.all([
      store.commit(receiptOf("first", "applied")),
      store.commit({ ...withInput, accepted: [{ command: startOf("a"), acceptTimeMs: 0 }] }),
      store.commit({ ...changed(2), receipts: [storedReceipt("a", "applied")] }),
    ]);
    const { state } = await open(folder.copy(file));
    expect(state.pending).toEqual([]);
    expect(state.jobs[0]?.input).toBeUndefined();
  });

  it("takes nothing for written that was in a batch which failed", async () => {
    const file = folder.newFile();
    const { store } = await open(file);
    await store.commit({ ...changed(1), accepted: [{ command: startOf("a"), acceptTimeMs: 0 }] });
    const jobs = new Map([["job", { ...jobOf(2), input: { n: 1 } }]]);
    const settled = { jobs, receipts: [storedReceipt("a", "applied")] };
    await expect(store.commit({ ...changed(1), ...settled })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    expect((await open(folder.copy(file))).state.pending).toHaveLength(1);
    await store.commit({ ...changed(2), ...settled });
    const { state } = await open(folder.copy(file));
    expect(state.pending).toEqual([]);
    expect(state.jobs[0]?.input).toEqual({ n: 1 });
  });

  it("refuses what comes after its end", async () => {
    const { store } = await open(folder.newFile());
    await store[Symbol.asyncDispose]();
    await expect(store.commit(changed(1))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("SqliteStore.receipt()", () => {
  it("is answered by another thread where the one that reads has ended", async () => {
    const connections: StoreConnection[] = [];
    const connect: Connect = (role, onPart) => {
      const connection = new StoreThread(role, onPart);
      if (role.role === "reader") connections.push(connection);
      return connection;
    };
    const store = createSqliteStore({ file: folder.newFile() }, connect);
    opened.push(store);
    await store.load();
    await store.commit(receiptOf("a", "applied"));
    expect(await store.receipt({ commandId: "a" })).toBeDefined();
    await connections[0]?.close();
    expect(await store.receipt({ commandId: "a" })).toBeDefined();
    expect(connections).toHaveLength(2);
  });
});

describe("SqliteStore[Symbol.asyncDispose]()", () => {
  it("writes what is under way, and leaves no log and no reserve behind", async () => {
    const file = folder.newFile();
    const { store } = await open(file);
    const last = store.commit(changed(1));
    await store[Symbol.asyncDispose]();
    await last;
    const left = readdirSync(folder.path).filter((name) => folder.path.concat("/", name).startsWith(file));
    expect(left.sort()).toEqual([file, `${file}-lock`].map((path) => path.slice(folder.path.length + 1)));
    expect((await open(file)).state.revision).toBe(1);
  });

  it("can be called before anything was opened, and makes no file", async () => {
    const file = folder.newFile();
    await createSqliteStore({ file })[Symbol.asyncDispose]();
    expect(existsSync(file)).toBe(false);
  });
});

async function counting(groups: number[]) {
  const store = createSqliteStore({ file: folder.newFile(), clock: systemClock }, (role, onPart) => {
    const inner = inlineConnection(role, onPart);
    const call: typeof inner.call = (method, ...argument) => {
      if (method === "write") groups.push((argument as unknown as [unknown[]])[0].length);
      return inner.call(method, ...argument);
    };
    return { ...inner, call };
  });
  opened.push(store);
  return { store, state: await store.load() };
}
