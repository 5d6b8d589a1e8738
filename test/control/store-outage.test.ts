import { describe, expect, it, vi } from "vitest";
import { Supervisor } from "../../src/control/supervisor/supervisor.ts";
import { Harness } from "./core-harness.ts";
import { diskFull, FailingStore } from "./failing-store.ts";

const types = [{ name: "a" }, { name: "b" }];

describe("a store that is lost", () => {
  it("ends the core, which says why, and can be disposed of", async () => {
    const store = new FailingStore();
    const harness = await Harness.start({ types, store });
    await harness.start("a");
    const { promise, reject } = Promise.withResolvers<void>();
    store.delay = () => promise;
    const unknown = expect(harness.start("b")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await harness.clock.advance(0);
    const lost = new Error("Store was lost");
    store.losing.abort(lost);
    reject(lost);
    await unknown;
    expect(await harness.core.failure).toBe(lost);
    expect(harness.core.consumer).toMatchObject({ hasFailed: true });
    await harness[Symbol.asyncDispose]();
  });
});

describe("a store that is lost while commands wait", () => {
  it("lets nobody wait: these are refused, those that come after them, and reads", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store, rate: { rate: 0.01, burst: 1 } });
    await harness.start("a");
    const refusal = { code: "STORE_UNAVAILABLE" };
    const waiting = expect(harness.start("b")).rejects.toMatchObject(refusal);
    await harness.start("a", { requestId: "kept", replyMode: "accepted" });
    store.losing.abort(new Error("Store was lost"));
    await harness.core.failure;
    await waiting;
    await expect(harness.start("b", { requestId: "later" })).rejects.toMatchObject(refusal);
    await expect(harness.status("b")).rejects.toMatchObject(refusal);
    expect(await harness.control.getCommand({ requestId: "kept" })).toMatchObject({ outcome: "accepted" });
  });
});

describe("a store that cannot write", () => {
  it("refuses commands with what is wrong, and changes nothing", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    store.error = diskFull;
    await expect(harness.start("a")).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(harness.runner.runs).toHaveLength(0);
    store.error = undefined;
    await harness.clock.advance(500);
    expect(await harness.status("a")).toMatchObject({ state: "stopped", revision: 1 });
    expect(await harness.start("a")).toMatchObject({ started: true, status: { revision: 3 } });
  });

  it("says STORE_UNAVAILABLE for anything else that goes wrong, and not what it was", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    store.error = new Error("secret path");
    const refused = await harness.start("a").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(String(refused)).not.toContain("secret");
  });

  it("loses nothing of what jobs do meanwhile", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    await harness.start("a");
    store.error = new Error("no");
    harness.runner.of("a").succeed();
    await harness.clock.advance(2000);
    store.error = undefined;
    await harness.clock.advance(500);
    expect(await harness.status("a")).toMatchObject({ state: "succeeded" });
  });

  it("lets a timer that fell due meanwhile count", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    await harness.start("a");
    await harness.stop("a");
    store.error = new Error("no");
    await harness.clock.advance(3000);
    expect(harness.runner.of("a").kills).toBe(0);
    store.error = undefined;
    await harness.clock.advance(500);
    expect(harness.runner.of("a").kills).toBe(1);
  });

  it("refuses no read, though an event of a job waits to be written", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types });
    await harness.start("a");
    store.error = diskFull;
    harness.runner.of("a").succeed();
    const reads = Promise.all([harness.status("b"), harness.status("a")]);
    await harness.settle();
    expect((await reads).map(({ state }) => state)).toEqual(["stopped", "running"]);
    expect(await harness.status("a")).toMatchObject({ state: "running" });
  });

  it("refuses a read not even with the change that it came with", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types });
    store.error = diskFull;
    const start = harness.start("a");
    const read = harness.status("b");
    await expect(start).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await read).toMatchObject({ state: "stopped" });
  });

  it("gets each change tried, and what happened to jobs once it can write again", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types });
    await harness.start("a");
    store.error = diskFull;
    harness.runner.of("a").succeed();
    await harness.settle();
    await expect(harness.start("b")).rejects.toMatchObject({ code: "STORE_FULL" });
    store.error = undefined;
    expect(await harness.start("b")).toMatchObject({ started: true });
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({ state: "succeeded" });
  });

  it("tries what happened again now and then, by itself", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types });
    await harness.start("a");
    store.error = diskFull;
    harness.runner.of("a").succeed();
    await harness.clock.advance(1200);
    store.error = undefined;
    await harness.clock.advance(500);
    expect(await harness.status("a")).toMatchObject({ state: "succeeded" });
  });

  it("applies what was accepted for good once it can write again, and lets others go on meanwhile", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types, rate: { rate: 1, burst: 1 } });
    await harness.start("a", { replyMode: "accepted" });
    await harness.settle();
    await harness.start("b", { replyMode: "accepted" });
    store.error = diskFull;
    await harness.clock.advance(3000);
    expect(harness.runner.runs).toHaveLength(1);
    const read = harness.status("b");
    await harness.clock.advance(1000);
    expect(await read).toMatchObject({ state: "stopped" });
    store.error = undefined;
    await harness.clock.advance(1000);
    expect(harness.runner.runs.map(({ request }) => request.jobId)).toEqual(["a", "b"]);
  });

  it("piles up no events, however long it lasts", async () => {
    const store = new FailingStore();
    const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
    const tick = { name: "tick", schedule };
    const gone = { name: "gone", template: true, retentionMs: 1000 };
    await using harness = await Harness.start({ store, types: [tick, gone, { name: "talks" }] });
    await harness.start("tick");
    harness.runner.of("tick").succeed();
    await harness.start("old", { jobType: "gone" });
    harness.runner.of("old").succeed();
    await harness.start("talks");
    await harness.settle();
    store.error = diskFull;
    const handle = vi.spyOn(Supervisor.prototype, "handle");
    for (let second = 0; second < 600; second++) {
      harness.runner.of("talks").progress(second);
      await harness.clock.advance(1000);
    }
    handle.mockClear();
    await harness.clock.advance(500);
    expect(handle.mock.calls.length).toBeLessThanOrEqual(4);
    handle.mockRestore();
    store.error = undefined;
    await harness.clock.advance(500);
    expect(await harness.status("talks")).toMatchObject({ currentRun: { progress: { current: 599 } } });
    await expect(harness.status("old")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("keeps nothing from starting, once it can write", async () => {
    const store = new FailingStore();
    store.error = diskFull;
    const harness = new Harness({ store, types });
    const started = harness.core.start();
    await harness.clock.advance(2000);
    store.error = undefined;
    await harness.clock.advance(500);
    await started;
    expect(await harness.status("a")).toMatchObject({ state: "stopped", revision: 1 });
    await harness[Symbol.asyncDispose]();
  });

  it("applies what was accepted for good though another command finds the store well before", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    await harness.start("a");
    let commits = 0;
    // Only the commit of the Stop fails, not the one of its acceptance.
    store.delay = async () => {
      commits++;
      store.error = commits === 2 ? diskFull : undefined;
    };
    const { receipt } = await harness.stop("a", { replyMode: "accepted" });
    await harness.settle();
    await harness.start("b");
    await harness.settle();
    expect(harness.runner.of("a").stops).toBe(1);
    expect(await harness.control.getCommand(receipt)).toMatchObject({ outcome: "applied" });
  });

  it("takes back with a batch what was decided on top of it, and decides that anew", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    const gate = Promise.withResolvers<void>();
    store.delay = () => gate.promise;
    store.error = diskFull;
    const refused = expect(harness.start("a")).rejects.toMatchObject({ code: "STORE_FULL" });
    await harness.settle();
    // For these the job runs already, while the first Start is being written.
    const answers = Promise.all([harness.start("a"), harness.status("a"), harness.stop("b")]);
    await harness.settle();
    store.delay = async () => {
      store.error = undefined;
    };
    gate.resolve();
    await refused;
    const [second, read, stop] = await answers;
    expect(second).toMatchObject({ started: true, status: { state: "running", executionCount: 1 } });
    expect(read).toMatchObject({ state: "running", executionCount: 1 });
    expect(stop).toMatchObject({ receipt: { outcome: "no-change" } });
    expect(harness.runner.runs).toHaveLength(1);
  });

  it("keeps the order of what happened in both batches", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    await harness.start("a");
    await harness.start("b");
    const gate = Promise.withResolvers<void>();
    store.delay = () => gate.promise;
    store.error = diskFull;
    harness.runner.of("a").progress(1);
    harness.runner.of("b").progress(1);
    await harness.settle();
    harness.runner.of("a").succeed();
    harness.runner.of("b").succeed();
    await harness.settle();
    store.delay = async () => {};
    gate.resolve();
    await harness.settle();
    store.error = undefined;
    await harness.clock.advance(500);
    for (const jobId of ["a", "b"])
      expect(await harness.status(jobId)).toMatchObject({
        state: "succeeded",
        currentRun: { progress: { current: 1 } },
      });
  });

  it("has no run begin by itself while it is full, and all of them once there is room", async () => {
    const store = new FailingStore();
    const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
    const one = { template: true, concurrency: 1 };
    await using harness = await Harness.start({
      types: [{ name: "tick", schedule }, { name: "t", ...one }, ...types],
      store,
    });
    await harness.start("tick");
    harness.runner.of("tick").succeed();
    for (const jobId of ["x", "y"]) await harness.start(jobId, { jobType: "t" });
    store.full = diskFull.refusal;
    const before = store.batches.length;
    await harness.clock.advance(30_000);
    harness.runner.of("x").progress(1);
    await harness.settle();
    expect(store.batches.length).toBe(before);
    harness.runner.of("x").succeed();
    await harness.settle();
    expect(await harness.status("x")).toMatchObject({ state: "succeeded" });
    await harness.clock.advance(30_000);
    expect(harness.runner.runs).toHaveLength(2);
    store.full = undefined;
    await harness.clock.advance(10_000);
    expect(harness.runner.of("y").request.attempt).toBe(1);
    expect(harness.runner.runs.length).toBeGreaterThan(3);
  });

  it("has no fallback begin while it is full, nor a run that replaces another: the end of the work waits for room", async () => {
    const store = new FailingStore();
    const type = { template: true, timeoutMs: 5000 };
    await using harness = await Harness.start({
      types: [
        { name: "f", ...type, hasFallback: true },
        { name: "r", ...type },
      ],
      store,
    });
    for (const jobId of ["goes-on", "stopped"]) await harness.start(jobId, { jobType: "f" });
    await harness.start("replaced", { jobType: "r" });
    await harness.start("replaced", { conflictPolicy: "replace" });
    store.full = diskFull.refusal;
    for (const jobId of ["goes-on", "stopped", "replaced"]) harness.runner.of(jobId).fail();
    await harness.clock.advance(20_000);
    // Its grace is over, and so is its work.
    expect(harness.runner.runs.map(({ kills }) => kills)).toEqual([0, 0, 0]);
    expect(await harness.status("goes-on")).toMatchObject({ state: "running", reason: "" });
    await harness.stop("stopped");
    await harness.clock.advance(1000);
    expect(await harness.status("stopped")).toMatchObject({ state: "stopped" });
    store.full = undefined;
    await harness.clock.advance(1000);
    expect(await harness.status("goes-on")).toMatchObject({
      state: "running",
      reason: "FALLBACK",
      currentRun: { error: { reason: "THREW" } },
    });
    expect(await harness.status("replaced")).toMatchObject({ state: "running", executionCount: 2 });
    expect(harness.runner.runs).toHaveLength(5);
    harness.runner.of("goes-on").succeed();
    await harness.settle();
    expect(await harness.status("goes-on")).toMatchObject({ state: "succeeded" });
  });

  it("has such an end count once, though the batch with it is taken back", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({
      types: [{ name: "f", hasFallback: true }, { name: "g" }],
      store,
    });
    await harness.start("f");
    await harness.start("g");
    store.full = diskFull.refusal;
    store.error = diskFull;
    harness.runner.of("f").fail();
    harness.runner.of("g").succeed();
    await harness.clock.advance(5000);
    store.error = undefined;
    store.full = undefined;
    await harness.clock.advance(5000);
    expect(await harness.status("f")).toMatchObject({ state: "running", reason: "FALLBACK" });
    expect(harness.runner.runs).toHaveLength(3);
  });
});
