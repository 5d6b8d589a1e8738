import { afterAll, describe, expect, it } from "vitest";
import { nextTurn } from "../../../src/async/next-turn.ts";
import { emptyBatch, type StoredBatch } from "../../../src/engine/local/job-store.ts";
import { groupsOf, isLarge, joinedRows, partsOf } from "../../../src/engine/local/sqlite/batch-parts.ts";
import { encodeBatch } from "../../../src/engine/local/sqlite/row-codec.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import type { Connect } from "../../../src/engine/local/sqlite/store-connections.ts";
import type { StoreConnection } from "../../../src/engine/local/sqlite/store-requests.ts";
import { StoredContent } from "../../../src/engine/local/sqlite/stored-content.ts";
import type { Change, Job } from "../../../src/job/job.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { change, changed, jobOf, receiptOf, run, startOf } from "../job-store-suite.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
afterAll(() => folder[Symbol.dispose]());

const jobCount = 2000;
const jobIdAt = (index: number) => (index === 0 ? "job" : `job-${index}`);

/** What follows from a restart: each job changes, and has a run in the history. */
function recoveryOf(first: number, onEncoded = () => {}): StoredBatch {
  const jobs = new Map<string, Job>();
  const changes: Change[] = [];
  const runs = [];
  for (let index = 0; index < jobCount; index++) {
    const jobId = jobIdAt(index);
    const job = jobOf(first + index, jobId);
    const status = { ...job.status, jobId };
    const toJSON = () => {
      onEncoded();
      return status;
    };
    jobs.set(jobId, { ...job, status, input: { index } });
    changes.push({ ...change(first + index), status: Object.assign(Object.create({ toJSON }), status) });
    runs.push({ ...run(`run-${first + index}`), jobId });
  }
  return { ...emptyBatch, changes, jobs, runs };
}

describe("SqliteStore.commit() of a batch about very many jobs", () => {
  it("writes all of it, also beside small ones, through the thread", async () => {
    const file = folder.newFile();
    await using store = createSqliteStore({ file });
    await store.load();
    const last = change(2 * jobCount + 1, "removed");
    await Promise.all([
      store.commit(recoveryOf(1)),
      store.commit(receiptOf("a", "applied")),
      store.commit(recoveryOf(jobCount + 1)),
      store.commit({ ...emptyBatch, changes: [last] }),
    ]);
    await using again = createSqliteStore({ file: folder.copy(file) });
    const { revision, jobs } = await again.load();
    expect(revision).toBe(last.revision);
    const kept = jobs.map(({ status, input }) => [status.jobId, status.revision, input]);
    const expected = Array.from({ length: jobCount - 1 }, (_, index) => {
      return [jobIdAt(index + 1), jobCount + index + 2, { index: index + 1 }];
    });
    expect(kept).toEqual(expected);
    const { runs } = await again.runs("job-7", { size: 9 });
    expect(runs.map(({ runId }) => runId)).toEqual([`run-${jobCount + 8}`, "run-8"]);
    expect(await again.receipt({ commandId: "a" })).toBeDefined();
  });

  it("keeps no more of its changes than of all others, and of every job what it has become", async () => {
    const file = folder.newFile();
    await using store = createSqliteStore({ file, history: 300 }, inlineConnection);
    await store.load();
    await store.commit(recoveryOf(1));
    await using again = createSqliteStore({ file: folder.copy(file), history: 1000 }, inlineConnection);
    const { revision, oldestCursor, jobs } = await again.load();
    expect({ revision, oldestCursor }).toEqual({ revision: jobCount, oldestCursor: jobCount - 300 });
    expect(jobs.map(({ status }) => status.revision)).toEqual(jobs.map((_, index) => index + 1));
    // Whoever follows meanwhile has all of them.
    expect(await store.history(0, 2 * jobCount)).toHaveLength(jobCount);
  });

  it("writes nothing of one of which a part cannot be encoded, and then what comes next", async () => {
    const file = folder.newFile();
    await using store = createSqliteStore({ file }, inlineConnection);
    await store.load();
    let encoded = 0;
    const fails = () => {
      if (++encoded === jobCount) throw new TypeError("Do not know how to serialize it");
    };
    await expect(store.commit(recoveryOf(1, fails))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    const [another, bad] = [changed(1), changed(1)];
    const fates = await Promise.allSettled([store.commit(another), store.commit(bad)]);
    expect(fates.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await using again = createSqliteStore({ file: folder.copy(file) }, inlineConnection);
    const { revision, jobs } = await again.load();
    expect({ revision, jobs: jobs.length }).toEqual({ revision: 1, jobs: 1 });
  });

  it("writes nothing of one of which a part does not get to its thread, and then what comes next", async () => {
    const file = folder.newFile();
    let parts = 0;
    const connect: Connect = (role, onPart) => {
      const inner = inlineConnection(role, onPart);
      const call: StoreConnection["call"] = async (method, ...argument) => {
        if (method === "writePart" && ++parts === 3) throw new Error("Data cannot be cloned, out of memory");
        return inner.call(method, ...argument);
      };
      return { ...inner, call };
    };
    await using store = createSqliteStore({ file }, connect);
    await store.load();
    await expect(store.commit(recoveryOf(1))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await store.commit(changed(1));
    await using again = createSqliteStore({ file: folder.copy(file) }, inlineConnection);
    const { revision, jobs } = await again.load();
    expect({ revision, jobs: jobs.length }).toEqual({ revision: 1, jobs: 1 });
  });

  it("leaves the event loop its turns while it encodes it", async () => {
    let workMs = 0;
    class WorkClock extends FakeClock {
      override monotonic(): number {
        return super.monotonic() + workMs;
      }
    }
    const store = createSqliteStore({ file: folder.newFile(), clock: new WorkClock() }, inlineConnection);
    await using _store = store;
    await store.load();
    const works = () => {
      workMs += 0.01;
    };
    let isWritten = false;
    const written = store.commit(recoveryOf(1, works)).then(() => {
      isWritten = true;
    });
    let longestMs = 0;
    for (let lastMs = 0; !isWritten; lastMs = workMs) {
      longestMs = Math.max(longestMs, workMs - lastMs);
      await nextTurn();
    }
    await written;
    expect(workMs).toBeGreaterThan(15);
    expect(longestMs).toBeLessThan(5);
  });
});

describe("SqliteStore.commit() of very many fates at once", () => {
  it("takes them in, as where all that was accepted ends with the server", async () => {
    const connect: Connect = (role, onPart) => {
      const inner = inlineConnection(role, onPart);
      const written = { faults: [undefined], health: "writable", isReserved: true, unsavedPages: 0 };
      const call: StoreConnection["call"] = async (method, ...argument) =>
        method === "write" ? (written as never) : inner.call(method, ...argument);
      return { ...inner, call };
    };
    await using store = createSqliteStore({ file: folder.newFile() }, connect);
    await store.load();
    const count = 200_000;
    const [receipt] = receiptOf("a", "evicted").receipts;
    if (receipt === undefined) return expect.unreachable();
    const receipts = Array.from({ length: count }, () => receipt);
    const { commandId } = receipt.settlement.receipt;
    await store.commit({ ...emptyBatch, accepted: [{ command: startOf(commandId), acceptTimeMs: 1 }] });
    await store.commit({ ...emptyBatch, receipts });
  });
});

describe("partsOf()", () => {
  it("makes parts that are not large, and whose rows together are those of the whole", () => {
    const batch = { ...recoveryOf(1), circuits: new Map([["t", { state: "closed" as const, failures: 1 }]]) };
    const options = { nowMs: 5, history: 500, whole: batch };
    const parts = [...partsOf(batch)];
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.filter(isLarge)).toEqual([]);
    const rows = parts.map((part) => encodeBatch(part, new StoredContent(), options));
    expect(joinedRows(rows)).toEqual(encodeBatch(batch, new StoredContent(), options));
  });
});

describe("groupsOf()", () => {
  it("leaves a large batch alone, and all in their order", () => {
    const [large, a, b, c] = [recoveryOf(1), changed(1), changed(2), changed(3)];
    expect(groupsOf([a, b, large, large, c])).toEqual([[a, b], [large], [large], [c]]);
    expect(groupsOf([large, a])).toEqual([[large], [a]]);
  });
});
