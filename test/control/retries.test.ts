import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { Harness } from "./core-harness.ts";

const retry = { maxAttempts: 3, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };
const types = [{ name: "a", retry, timeoutMs: 5000 }];

describe("a type with retries", () => {
  it("has its work done again after the wait, as another attempt of the run", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a", { input: { n: 1 } });
    harness.runner.of("a").fail("THREW", { retryable: true });
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({ state: "retrying", currentRun: { attempt: 1 } });
    await harness.clock.advance(999);
    expect(harness.runner.runs).toHaveLength(1);
    await harness.clock.advance(1);
    const [first, second] = harness.runner.runs.map(({ request }) => request);
    expect(second).toEqual({ ...first, attempt: 2 });
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({
      state: "succeeded",
      executionCount: 1,
      counters: { retries: 1, succeeded: 1, failed: 0 },
    });
  });

  it("keeps its slot meanwhile", async () => {
    const type = { name: "t", template: true, concurrency: 1, retry };
    await using harness = await Harness.start({ types: [type] });
    await harness.start("a", { jobType: "t" });
    await harness.start("b", { jobType: "t" });
    harness.runner.of("a").fail("THREW", { retryable: true });
    await harness.settle();
    expect(await harness.status("b")).toMatchObject({ state: "pending" });
    await harness.stop("a");
    expect(await harness.status("b")).toMatchObject({ state: "running" });
  });

  it("goes on with the next attempt after a restart of the server", async () => {
    const store = createMemoryStore();
    await using before = await Harness.start({ types, store });
    await before.start("a");
    before.runner.of("a").fail("THREW", { retryable: true });
    await before.settle();
    await using after = await Harness.start({ types, store });
    expect(await after.status("a")).toMatchObject({ state: "retrying" });
    await after.clock.advance(1000);
    expect(after.runner.of("a").request).toMatchObject({ attempt: 2 });
  });

  it("begins no attempt while the server drains, and holds it up for nothing", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    harness.runner.of("a").fail("THREW", { retryable: true });
    await harness.settle();
    const drained = harness.core.drain({ timeoutMs: 30_000 });
    await harness.clock.advance(2000);
    await drained;
    expect(harness.runner.runs).toHaveLength(1);
  });

  it("stops an attempt that takes too long, and has another", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await harness.clock.advance(5000);
    expect(harness.runner.of("a").stops).toBe(1);
    harness.runner.of("a").fail("ABORTED");
    await harness.clock.advance(1000);
    expect(harness.runner.runs).toHaveLength(2);
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({
      state: "succeeded",
      counters: { retries: 1, timedOut: 0 },
    });
  });
});
