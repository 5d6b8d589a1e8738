import { renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { emptyBatch, type JobStore, type StoredBatch } from "../../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import type { Connect } from "../../../src/engine/local/sqlite/store-connections.ts";
import { StoreError } from "../../../src/engine/local/sqlite/store-error.ts";
import { StoreLock } from "../../../src/engine/local/sqlite/store-lock.ts";
import type { StoreConnection } from "../../../src/engine/local/sqlite/store-requests.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { patience } from "../../patience.ts";
import { change, changed, jobOf, receiptOf, run, startOf } from "../job-store-suite.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const opened: JobStore[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
});
afterAll(() => folder[Symbol.dispose]());

/** When a writer ends: with the next write, before it or after it is in the file; or at once. One can also fail, and go on. */
type Moment = "before it is written" | "after it is written" | "fails";

/** A store whose writers end when the test says so, on a clock of the test. */
class Ending {
  readonly file = folder.newFile();
  readonly clock = new FakeClock();
  readonly health: string[] = [];
  readonly store: JobStore;
  /** Of the next writes, one for each writer. Undefined: nothing happens to that one. */
  moments: (Moment | undefined)[] = [];
  /** Set: no other writer can be had. */
  refusal: Error | undefined;
  writers = 0;
  /** Ends the writer that there is. */
  end: () => Promise<void> = async () => {};

  static async open(): Promise<Ending> {
    const ending = new Ending();
    opened.push(ending.store);
    await ending.store.load();
    return ending;
  }

  private constructor() {
    const { file, clock } = this;
    const onHealth = (health: string) => this.health.push(health);
    const connect: Connect = (role, onPart) => {
      const inner = inlineConnection(role, onPart);
      return role.role === "writer" ? this.#mortal(inner) : inner;
    };
    this.store = createSqliteStore({ file, clock, onHealth }, connect);
  }

  /** Lets what is under way come to its end, timers that are due included. */
  async settle(): Promise<void> {
    for (let n = 0; n < 20; n++) await this.clock.advance(0);
  }

  async advance(ms: number): Promise<void> {
    await this.settle();
    await this.clock.advance(ms);
    await this.settle();
  }

  #mortal(inner: StoreConnection): StoreConnection {
    this.writers++;
    if (this.writers > 1 && this.refusal !== undefined) {
      const opened = Promise.reject(this.refusal);
      opened.catch(() => {});
      return { ...inner, opened };
    }
    const ended = Promise.withResolvers<Error>();
    const died = new Error("Thread of the store has ended");
    const connection = { ...inner, isUsable: true, ended: ended.promise };
    const end = async () => {
      connection.isUsable = false;
      await inner.close();
      ended.resolve(died);
    };
    connection.close = end;
    this.end = end;
    connection.call = async (method, ...argument) => {
      if (!connection.isUsable) throw died;
      const moment = method === "write" || method === "whatBecameOf" ? this.moments.shift() : undefined;
      if (moment === undefined) return inner.call(method, ...argument);
      if (moment === "fails") throw new Error("disk I/O error");
      if (moment === "after it is written") await inner.call(method, ...argument);
      await this.end();
      throw died;
    };
    return connection;
  }
}

/** One revision, at which many jobs have come to be, and as many runs were recorded. */
function manyChanges(): StoredBatch {
  const jobIds = ["job", ...Array.from({ length: 600 }, (_, index) => `job-${index}`)];
  const ofJob = (jobId: string) => ({ ...jobOf(2), status: { ...jobOf(2).status, jobId, uid: jobId } });
  const runs = jobIds.map((jobId) => ({ ...run("a"), jobId }));
  return { ...changed(2), jobs: new Map(jobIds.map((jobId) => [jobId, ofJob(jobId)])), runs };
}

const failures = { state: "open", failures: 3, openedMs: 1.5 } as const;
const batches: Readonly<Record<string, StoredBatch>> = {
  "a change": changed(2),
  "an accepted command": { ...emptyBatch, accepted: [{ command: startOf("pending"), acceptTimeMs: 1 }] },
  "an answer": receiptOf("a", "applied"),
  "a refusal": receiptOf("a", "evicted"),
  "a run": { ...emptyBatch, runs: [run("a")] },
  "very many changes": manyChanges(),
  "a circuit": { ...emptyBatch, circuits: new Map([["job", failures]]) },
};

describe.each(Object.entries(batches))("SqliteStore.commit() of %s, whose thread ends", (_name, batch) => {
  it("before it is written: tells that it is not, and writes what comes next", async () => {
    const ending = await Ending.open();
    await ending.store.commit(changed(1));
    ending.moments = ["before it is written"];
    const refused = expect(ending.store.commit(batch)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "Store cannot write; the command was not applied",
    });
    await ending.settle();
    await refused;
    expect(ending.writers).toBe(2);
    await ending.store.commit(batch);
    const { store } = await reopened(ending);
    await expectKept(store, batch);
  });

  it("after it is written: tells that it is", async () => {
    const ending = await Ending.open();
    await ending.store.commit(changed(1));
    ending.moments = ["after it is written"];
    const written = ending.store.commit(batch);
    await ending.settle();
    await written;
    const { store } = await reopened(ending);
    await expectKept(store, batch);
  });

  it("after it is written, as the next one does that is asked for it: tells that it is", async () => {
    const ending = await Ending.open();
    await ending.store.commit(changed(1));
    ending.moments = ["after it is written", "before it is written", "after it is written"];
    const written = ending.store.commit(batch);
    await ending.advance(1000);
    await ending.advance(2000);
    await written;
    expect(ending.writers).toBe(4);
    const { store } = await reopened(ending);
    await expectKept(store, batch);
  });
});

/** What the file of a store holds, to the next one. */
async function reopened({ file, store, clock }: Ending) {
  await store[Symbol.asyncDispose]();
  const next = createSqliteStore({ file, clock }, inlineConnection);
  opened.push(next);
  return { store: next, state: await next.load() };
}

async function expectKept(store: JobStore, batch: StoredBatch): Promise<void> {
  const [change] = batch.changes;
  if (change !== undefined) expect((await store.history(1, 9)).map(({ revision }) => revision)).toEqual([2]);
  for (const { settlement } of batch.receipts)
    expect(await store.receipt({ commandId: settlement.receipt.commandId })).toBeDefined();
  if (batch.runs.length > 0) expect((await store.runs("job", { size: 9 })).runs).toHaveLength(1);
}

describe("SqliteStore, whose thread ends while nothing is written", () => {
  it("cannot be written until there is another, and says so at once", async () => {
    const ending = await Ending.open();
    await ending.store.commit(changed(1));
    await ending.end();
    await turn();
    expect(ending.health).toEqual(["unavailable"]);
    await expect(ending.store.commit(changed(2))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await ending.settle();
    await ending.store.commit(changed(2));
    expect(ending.health).toEqual(["unavailable", "writable"]);
    expect(ending.store.lost?.aborted).toBe(false);
  });

  it("is lost where no other can be had in seven seconds", async () => {
    const ending = await Ending.open();
    ending.moments = ["after it is written"];
    ending.refusal = new Error("out of memory");
    const unknown = expect(ending.store.commit(changed(1))).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "Store was lost; whether the command was applied is known after a restart",
    });
    for (const ms of [1000, 2000]) await ending.advance(ms);
    expect(ending.store.lost?.aborted).toBe(false);
    await ending.advance(4000);
    await unknown;
    expect(ending.store.lost?.reason).toMatchObject({
      code: "STORE_LOST",
      message: `Store was lost. Its thread ends again and again: ${ending.file}`,
    });
    expect(ending.writers).toBe(5);
  });

  it("counts no thread that has lasted for more than a minute", async () => {
    const ending = await Ending.open();
    for (let n = 0; n < 9; n++) {
      await ending.end();
      await ending.advance(60_001);
    }
    await ending.store.commit(changed(1));
    expect(ending.writers).toBe(10);
  });

  it("is lost at once where another server has it, or has had it", async () => {
    for (const isStillThere of [true, false]) {
      const ending = await Ending.open();
      await ending.store.commit(changed(1));
      await ending.end();
      const lock = StoreLock.acquire(ending.file);
      if (!isStillThere) lock[Symbol.dispose]();
      await ending.settle();
      const { reason } = ending.store.lost ?? {};
      expect(reason).toBeInstanceOf(StoreError);
      expect(String(reason)).toContain(
        isStillThere
          ? `Store is in use by process ${process.pid}: ${ending.file}`
          : `Store was lost. Process ${process.pid} has used it meanwhile: ${ending.file}`,
      );
      if (isStillThere) lock[Symbol.dispose]();
      await expect(ending.store.commit(changed(2))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    }
  });

  it("is not taken up where its file is another one by now", async () => {
    const ending = await Ending.open();
    await ending.store.commit(changed(1));
    await ending.end();
    const other = folder.copy(ending.file);
    renameSync(other, ending.file);
    for (const ms of [1000, 2000, 4000]) await ending.advance(ms);
    expect(ending.store.lost?.aborted).toBe(true);
    expect(ending.writers).toBe(1);
  });

  it("ends in peace while it looks for another", async () => {
    const ending = await Ending.open();
    ending.refusal = new Error("out of memory");
    await ending.end();
    await ending.settle();
    await ending.store[Symbol.asyncDispose]();
    expect(ending.clock.pendingTimers).toBe(0);
    expect(ending.store.lost?.aborted).toBe(false);
  });
});

describe("SqliteStore, whose next thread", () => {
  it("tells that a command was accepted also where it was settled with the same write", async () => {
    const ending = await Ending.open();
    ending.moments = [undefined, "after it is written"];
    const first = ending.store.commit(changed(1));
    const { receipts } = receiptOf("r", "applied");
    const command = startOf(String(receipts[0]?.settlement.receipt.commandId));
    const accepted = ending.store.commit({ ...emptyBatch, accepted: [{ command, acceptTimeMs: 1 }] });
    const settled = ending.store.commit({ ...changed(2), receipts });
    await ending.settle();
    await Promise.all([first, accepted, settled]);
    expect(ending.writers).toBe(2);
    const { state } = await reopened(ending);
    expect(state.pending).toEqual([]);
  });

  it("cannot tell what is written: asks another", async () => {
    const ending = await Ending.open();
    ending.moments = ["after it is written", "fails"];
    const written = ending.store.commit(changed(1));
    await ending.advance(1000);
    await written;
    await ending.store.commit(changed(2));
    expect(ending.writers).toBe(3);
  });

  it("cannot tell, nor any that comes after it: is lost, and writes nothing more", async () => {
    const ending = await Ending.open();
    ending.moments = ["after it is written", "fails", "fails", "fails", "fails"];
    const unknown = expect(ending.store.commit(changed(1))).rejects.toMatchObject({
      message: "Store was lost; whether the command was applied is known after a restart",
    });
    for (const ms of [1000, 2000, 4000]) await ending.advance(ms);
    await unknown;
    expect(ending.store.lost?.aborted).toBe(true);
    await expect(ending.store.commit(changed(2))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("SqliteStore, whose thread is terminated", () => {
  /** The worker that the last write was sent to. */
  function writer(sent: ReturnType<typeof spyOnMessages>): Worker {
    const isOfWrite = (message: object) =>
      "method" in message && (message.method === "write" || message.method === "writePart");
    const index = sent.mock.calls.findLastIndex(([message]) => isOfWrite(message));
    return (sent.mock.contexts[index] as Worker | undefined) ?? expect.fail("Nothing was written");
  }

  function spyOnMessages() {
    return vi.spyOn(Worker.prototype, "postMessage");
  }

  it("in the middle of a transaction: nothing of that is written, and that is told", async () => {
    const sent = spyOnMessages();
    const file = folder.newFile();
    const store = createSqliteStore({ file });
    opened.push(store);
    await store.load();
    await store.commit(changed(1));
    // It waits for this one to let it begin, and is terminated before it can go on.
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const calls = sent.mock.calls.length;
    const refused = expect(store.commit(changed(2))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await vi.waitFor(() => expect(sent.mock.calls.length).toBeGreaterThan(calls), patience);
    const terminated = writer(sent).terminate();
    other.exec("ROLLBACK");
    other.close();
    await terminated;
    await refused;
    await vi.waitFor(() => store.commit(changed(2)), patience);
    expect((await store.history(1, 9)).map(({ revision }) => revision)).toEqual([2]);
  });

  it("at any moment: what it says is written, and nothing else", async () => {
    const sent = spyOnMessages();
    const file = folder.newFile();
    const store = createSqliteStore({ file });
    opened.push(store);
    await store.load();
    const fates = { written: 0, refused: 0 };
    let revision = 1;
    for (let n = 0; n < 25; n++) {
      const commit = store.commit(changed(revision));
      await turn();
      spin(n * 0.05);
      void writer(sent).terminate();
      const isWritten = await commit.then(
        () => true,
        () => false,
      );
      fates[isWritten ? "written" : "refused"]++;
      if (isWritten) revision++;
      // The next one is refused until there is another thread.
      await vi.waitFor(() => store.commit(changed(revision)), patience);
      revision++;
    }
    await store[Symbol.asyncDispose]();
    const next = createSqliteStore({ file }, inlineConnection);
    opened.push(next);
    expect((await next.load()).revision).toBe(revision - 1);
    expect(fates.written + fates.refused).toBe(25);
  });

  it("while a large batch goes to it in parts, as do those that ask what became of it: tells what is written", async () => {
    const sent = spyOnMessages();
    const file = folder.newFile();
    const store = createSqliteStore({ file });
    opened.push(store);
    await store.load();
    const count = 1200;
    const large = (first: number): StoredBatch => ({
      ...changed(first + count - 1),
      changes: Array.from({ length: count }, (_, index) => change(first + index)),
    });
    let revision = 1;
    for (const parts of [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]) {
      const before = sent.mock.calls.length;
      const commit = store.commit(large(revision));
      while (sent.mock.calls.length - before < parts) await turn();
      void writer(sent).terminate();
      const isWritten = await commit.then(
        () => true,
        () => false,
      );
      if (isWritten) revision += count;
      await vi.waitFor(() => store.commit(large(revision)), patience);
      revision += count;
    }
    await store[Symbol.asyncDispose]();
    const next = createSqliteStore({ file }, inlineConnection);
    opened.push(next);
    expect((await next.load()).revision).toBe(revision - 1);
    const last = await next.history(revision - 1 - 5 * count, 5 * count);
    expect(last.map((change) => change.revision)).toEqual(
      Array.from({ length: 5 * count }, (_, index) => revision - 5 * count + index),
    );
  });
});

function spin(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
