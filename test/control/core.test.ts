import { describe, expect, it } from "vitest";
import type { JobStore, StoredBatch } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { JobControlError } from "../../src/job/errors.ts";
import { Harness } from "./core-harness.ts";

const types = [{ name: "a" }, { name: "b" }];

/** A store whose commits fail while `broken` is set, and that keeps what it was given. */
function breakableStore(): { store: JobStore; set(error: Error | undefined): void; batches: StoredBatch[] } {
  const inner = createMemoryStore();
  let broken: Error | undefined;
  const batches: StoredBatch[] = [];
  const store: JobStore = {
    durability: inner.durability,
    load: () => inner.load(),
    history: (after, limit) => inner.history(after, limit),
    runs: (jobId, page) => inner.runs(jobId, page),
    receipt: (id) => inner.receipt(id),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    async commit(batch) {
      if (broken !== undefined) throw broken;
      batches.push(batch);
      await inner.commit(batch);
    },
  };
  return { store, batches, set: (error) => (broken = error) };
}

describe("Core.start()", () => {
  it("shows every declared type as a job that was never started", async () => {
    await using harness = await Harness.start({ types });
    expect(await harness.status("a")).toMatchObject({
      state: "stopped",
      reason: "NEVER_STARTED",
      executionCount: 0,
    });
  });
});

describe("the consumer", () => {
  it("commits what is ready as one batch", async () => {
    const { store, batches } = breakableStore();
    await using harness = await Harness.start({ types: [{ name: "a", template: true }], store });
    const before = batches.length;
    const starts = Array.from({ length: 20 }, (_, index) => harness.start(`job-${index}`, { jobType: "a" }));
    await Promise.all(starts);
    expect(batches.length - before).toBeLessThanOrEqual(2);
    expect(batches.slice(before).flatMap(({ changes }) => changes)).toHaveLength(20);
  });

  it("gives consecutive revisions, over all jobs", async () => {
    const { store, batches } = breakableStore();
    await using harness = await Harness.start({ types, store });
    await Promise.all([harness.start("a"), harness.start("b")]);
    harness.runner.of("a").succeed();
    await harness.settle();
    const revisions = batches.flatMap(({ changes }) => changes.map(({ revision }) => revision));
    expect(revisions).toEqual(revisions.map((_, index) => index + 1));
  });
});

describe("a store that cannot write", () => {
  it("refuses commands with what is wrong, and changes nothing", async () => {
    const { store, set } = breakableStore();
    await using harness = await Harness.start({ types, store });
    set(new JobControlError({ code: "STORE_FULL", message: "Disk is full" }));
    await expect(harness.start("a")).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(harness.runner.runs).toHaveLength(0);
    set(undefined);
    await harness.clock.advance(500);
    expect(await harness.status("a")).toMatchObject({ state: "stopped", revision: 1 });
    expect(await harness.start("a")).toMatchObject({ started: true, status: { revision: 3 } });
  });

  it("says STORE_UNAVAILABLE for anything else that goes wrong, and not what it was", async () => {
    const { store, set } = breakableStore();
    await using harness = await Harness.start({ types, store });
    set(new Error("secret path"));
    const refused = await harness.start("a").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(String(refused)).not.toContain("secret");
  });

  it("loses nothing of what jobs do meanwhile", async () => {
    const { store, set } = breakableStore();
    await using harness = await Harness.start({ types, store });
    await harness.start("a");
    set(new Error("no"));
    harness.runner.of("a").succeed();
    await harness.clock.advance(2000);
    set(undefined);
    await harness.clock.advance(500);
    expect(await harness.status("a")).toMatchObject({ state: "succeeded" });
  });

  it("lets a timer that fell due meanwhile count", async () => {
    const { store, set } = breakableStore();
    await using harness = await Harness.start({ types, store });
    await harness.start("a");
    await harness.stop("a");
    set(new Error("no"));
    await harness.clock.advance(3000);
    expect(harness.runner.of("a").kills).toBe(0);
    set(undefined);
    await harness.clock.advance(500);
    expect(harness.runner.of("a").kills).toBe(1);
  });
});

describe("progress", () => {
  it("is passed on at most twenty times a second, the newest always, and before the end", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const before = (await harness.status("a")).revision;
    const run = harness.runner.of("a");
    for (let percent = 1; percent <= 100; percent++) {
      run.progress(percent);
      await harness.clock.advance(1);
    }
    expect((await harness.status("a")).revision - before).toBeLessThanOrEqual(3);
    run.progress(100);
    run.succeed();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({
      state: "succeeded",
      currentRun: { progress: { current: 100 } },
    });
  });
});

describe("Core.drain()", () => {
  it("refuses new commands, applies those that wait, and ends the runs", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const queued = harness.start("b");
    await harness.settle();
    const drained = harness.core.drain({ timeoutMs: 10_000 });
    await expect(harness.start("a")).rejects.toMatchObject({ code: "DRAINING" });
    await expect(harness.watch().next()).rejects.toMatchObject({ code: "DRAINING" });
    await harness.clock.advance(1000);
    expect(await queued).toMatchObject({ started: true });
    expect(harness.runner.of("a").stops).toBe(1);
    harness.runner.of("a").fail("ABORTED");
    harness.runner.of("b").fail("ABORTED");
    await drained;
    const { jobs } = harness.control.list({
      pageSize: 9,
      pageToken: "",
      labels: {},
      states: [],
      jobType: "",
    });
    expect(jobs).toMatchObject([
      { jobId: "a", state: "lost", desiredState: "running" },
      { jobId: "b", state: "lost", desiredState: "running" },
    ]);
  });

  it("ends runs by force when their grace or the time-out has passed", async () => {
    await using harness = await Harness.start({ types: [{ name: "a", stopGraceMs: 60_000 }] });
    await harness.start("a");
    const drained = harness.core.drain({ timeoutMs: 2000 });
    await harness.clock.advance(2000);
    await drained;
    expect(harness.runner.of("a").kills).toBeGreaterThanOrEqual(1);
  });

  it("tells those whose turn does not come in time that they were drained", async () => {
    const harness = await Harness.start({ types, rate: { rate: 0.01, burst: 1 } });
    await harness.start("a");
    const queued = expect(harness.start("b")).rejects.toMatchObject({ code: "DRAINING" });
    await harness.settle();
    const drained = harness.core.drain({ timeoutMs: 1000 });
    await harness.clock.advance(1000);
    await drained;
    await harness.core[Symbol.asyncDispose]();
    await queued;
    expect(harness.runner.runs).toHaveLength(1);
  });

  it("applies nothing any more once its time is up, however long the last run takes to end", async () => {
    const harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const last = harness.runner.of("a");
    last.kill = () => {};
    const queued = expect(harness.start("b")).rejects.toMatchObject({ code: "DRAINING" });
    await harness.settle();
    const drained = harness.core.drain({ timeoutMs: 500 });
    await harness.clock.advance(5000);
    expect(harness.runner.runs).toHaveLength(1);
    last.fail();
    await drained;
    await harness.core[Symbol.asyncDispose]();
    await queued;
  });

  it("is held up by no store that cannot write", async () => {
    const { store, set } = breakableStore();
    const harness = await Harness.start({ types, store, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const queued = expect(harness.start("b")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await harness.settle();
    set(new Error("disk"));
    const drained = harness.core.drain({ timeoutMs: 2000 });
    await harness.clock.advance(5000);
    await drained;
    await queued;
    await harness.core[Symbol.asyncDispose]();
    expect(harness.clock.pendingTimers).toBe(0);
  });

  it("leaves no timer behind", async () => {
    const harness = await Harness.start({
      types: [{ name: "a", schedule: { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } }],
    });
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.core.drain({ timeoutMs: 1000 });
    await harness.core[Symbol.asyncDispose]();
    expect(harness.clock.pendingTimers).toBe(0);
  });
});

describe("Core.failure", () => {
  it("tells when the core has ended by itself, so that nobody takes it for alive", async () => {
    const { store } = breakableStore();
    const broken: JobStore = { ...store, history: () => Promise.reject(new Error("lost the history")) };
    const harness = new Harness({ types, store: broken });
    await expect(harness.core.start()).rejects.toThrow("lost the history");
    expect(String(await harness.core.failure)).toContain("lost the history");
    await harness.core[Symbol.asyncDispose]();
  });
});
