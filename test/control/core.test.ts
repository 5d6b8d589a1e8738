import { describe, expect, it } from "vitest";
import { HistoryGoneError } from "../../src/engine/engine.ts";
import { Harness } from "./core-harness.ts";
import { FailingStore } from "./failing-store.ts";

const types = [{ name: "a" }, { name: "b" }];

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
    const store = new FailingStore();
    const { batches } = store;
    await using harness = await Harness.start({ types: [{ name: "a", template: true }], store });
    const before = batches.length;
    const starts = Array.from({ length: 20 }, (_, index) => harness.start(`job-${index}`, { jobType: "a" }));
    await Promise.all(starts);
    expect(batches.length - before).toBeLessThanOrEqual(2);
    expect(batches.slice(before).flatMap(({ changes }) => changes)).toHaveLength(20);
  });

  it("gives consecutive revisions, over all jobs", async () => {
    const store = new FailingStore();
    const { batches } = store;
    await using harness = await Harness.start({ types, store });
    await Promise.all([harness.start("a"), harness.start("b")]);
    harness.runner.of("a").succeed();
    await harness.settle();
    const revisions = batches.flatMap(({ changes }) => changes.map(({ revision }) => revision));
    expect(revisions).toEqual(revisions.map((_, index) => index + 1));
  });
});

describe("Core.consumer", () => {
  it("is not busy while there is nothing to do, nor while it waits for tokens", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 0.001, burst: 1 } });
    await harness.clock.advance(3_600_000);
    expect(harness.core.consumer).toEqual({ hasFailed: false, busyMs: 0, commitMs: 0 });
    await harness.start("a");
    const waiting = harness.start("b");
    await harness.clock.advance(600_000);
    expect(harness.core.consumer).toEqual({ hasFailed: false, busyMs: 0, commitMs: 0 });
    await harness.clock.advance(600_000);
    await waiting;
  });

  it("tells how long it has been stuck in one thing", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    const token = Promise.withResolvers<number>();
    const { bucket } = harness;
    Object.assign(bucket ?? {}, { take: () => token.promise });
    const start = harness.start("a");
    await harness.clock.advance(45_000);
    expect(harness.core.consumer).toEqual({ hasFailed: false, busyMs: 45_000, commitMs: 0 });
    token.resolve(0);
    await start;
    await harness.settle();
    expect(harness.core.consumer.busyMs).toBe(0);
  });

  it("is not stuck where it goes on, however long there is always more to do", async () => {
    const lane = { capacity: 1000 };
    await using harness = await Harness.start({ types, lane, rate: { rate: 1, burst: 1 } });
    let token = Promise.withResolvers<number>();
    Object.assign(harness.bucket ?? {}, { take: () => token.promise });
    const calls = Array.from({ length: 500 }, () => harness.status("a"));
    let longestMs = 0;
    for (let tokens = 0; tokens < calls.length; tokens++) {
      await harness.clock.advance(100);
      longestMs = Math.max(longestMs, harness.core.consumer.busyMs);
      const { resolve } = token;
      token = Promise.withResolvers();
      resolve(0);
    }
    await Promise.all(calls);
    // No longer than a batch, which has at most 64 commands.
    expect(longestMs).toBeLessThanOrEqual(64 * 100);
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

describe("Core.failure", () => {
  it("tells when the core has ended by itself, so that nobody takes it for alive", async () => {
    const store = new FailingStore();
    store.history = () => Promise.reject(new HistoryGoneError("lost the history"));
    const harness = new Harness({ types, store });
    await expect(harness.core.start()).rejects.toThrow("lost the history");
    expect(String(await harness.core.failure)).toContain("lost the history");
    expect(harness.core.consumer.hasFailed).toBe(true);
    await harness.core[Symbol.asyncDispose]();
  });

  it("tells of what cannot be carried out; it leaves nothing that a drain would wait for", async () => {
    const harness = await Harness.start({ types });
    await harness.start("a");
    harness.runner.start = () => {
      throw new Error("a fault of our own");
    };
    // That is committed.
    expect(await harness.start("b")).toMatchObject({ started: true });
    expect(String(await harness.core.failure)).toContain("a fault of our own");
    const drained = harness.core.drain({ timeoutMs: 600_000 });
    await harness.clock.advance(1000);
    await drained;
    await harness.core[Symbol.asyncDispose]();
  });
});
