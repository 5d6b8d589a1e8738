import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { Harness, type HarnessOptions } from "./core-harness.ts";

const breaker = { failures: 2, halfOpenAfterMs: 30_000 };
const retry = { maxAttempts: 2, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };
const types = [{ name: "t", template: true, hasFallback: true }];

async function fail(harness: Harness, jobId: string, reason = "THREW", retryable = true): Promise<void> {
  harness.runner.of(jobId).fail(reason, { retryable });
  await harness.settle();
}

/** A job whose work has failed, and whose fallback is at work. */
async function fallenBack(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await Harness.start({ types, ...options });
  await harness.start("a", { jobType: "t", input: { n: 1 } });
  await fail(harness, "a");
  return harness;
}

/** A server with the circuit of `t` open. */
async function opened(options: HarnessOptions): Promise<Harness> {
  const harness = await Harness.start(options);
  for (const jobId of ["x", "y"]) {
    await harness.start(jobId, { jobType: "t" });
    await fail(harness, jobId, "THREW", false);
    harness.runner.of(jobId).succeed();
    await harness.settle();
  }
  return harness;
}

describe("a type with a fallback", () => {
  it("has it do the work that has failed: in the same run, with the same input, and told what has led there", async () => {
    await using harness = await fallenBack();
    const [first, second] = harness.runner.runs.map(({ request }) => request);
    const failure = { reason: "THREW", message: "THREW", retryable: true, attempt: 1 };
    expect(second).toEqual({ ...first, failure: { ...failure, timeMs: harness.clock.now() } });
    expect(first?.failure).toBeUndefined();
    expect(await harness.status("a")).toMatchObject({
      state: "running",
      reason: "FALLBACK",
      message: "Falling back after: THREW",
      executionCount: 1,
      currentRun: { state: "running", error: failure, fallback: { cause: failure } },
      counters: { failed: 0, retries: 0 },
    });
  });

  it("succeeds where the fallback does, with its result", async () => {
    await using harness = await fallenBack();
    harness.runner.of("a").succeed({ kind: "succeeded", message: "", result: { from: "cache" } });
    await harness.settle();
    const reply = await harness.control.getStatus(
      { jobId: "a", consistency: "linearizable", includeInput: false, includeResult: true },
      harness.call(),
    );
    expect(reply).toMatchObject({
      result: { from: "cache" },
      status: {
        state: "succeeded",
        reason: "COMPLETED_BY_FALLBACK",
        message: "Completed by the fallback",
        currentRun: { state: "succeeded", error: undefined, fallback: { cause: { reason: "THREW" } } },
        counters: { succeeded: 1, failed: 0, consecutiveFailures: 0 },
      },
    });
    const { runs } = await harness.control.listRuns({ jobId: "a", pageSize: 9, pageToken: "" });
    expect(runs).toMatchObject([{ state: "succeeded", fallback: { cause: { reason: "THREW" } } }]);
  });

  it("has failed where the fallback has too, by that; the failure before stays to be seen", async () => {
    await using harness = await fallenBack();
    await fail(harness, "a", "EXIT_CODE");
    expect(harness.runner.runs).toHaveLength(2);
    expect(await harness.status("a")).toMatchObject({
      state: "failed",
      reason: "EXIT_CODE",
      currentRun: { error: { reason: "EXIT_CODE" }, fallback: { cause: { reason: "THREW" } } },
      counters: { failed: 1 },
    });
  });

  it("falls back when the last attempt has failed, or another would not help", async () => {
    await using harness = await Harness.start({ types: [{ name: "t", hasFallback: true, retry }] });
    await harness.start("t");
    await fail(harness, "t");
    expect(await harness.status("t")).toMatchObject({ state: "retrying" });
    await harness.clock.advance(1000);
    await fail(harness, "t");
    expect(harness.runner.of("t").request).toMatchObject({ attempt: 2, failure: { attempt: 2 } });
    await fail(harness, "t");
    expect(await harness.status("t")).toMatchObject({ state: "failed", counters: { retries: 1 } });
    await harness.start("t");
    await fail(harness, "t", "LOAD_FAILED", false);
    expect(harness.runner.of("t").request).toMatchObject({ attempt: 1, failure: { reason: "LOAD_FAILED" } });
  });

  it("gives it the time of an attempt, and no second one", async () => {
    await using harness = await fallenBack({
      types: [{ ...types[0], name: "t", timeoutMs: 5000 }],
    });
    await harness.clock.advance(5000);
    expect(harness.runner.of("a").stops).toBe(1);
    await fail(harness, "a", "ABORTED");
    expect(await harness.status("a")).toMatchObject({
      state: "failed",
      reason: "TIMED_OUT",
      currentRun: { fallback: { cause: { reason: "THREW" } } },
      counters: { timedOut: 1 },
    });
    expect(harness.runner.runs).toHaveLength(2);
  });

  it("falls back from an attempt that took too long", async () => {
    await using harness = await Harness.start({ types: [{ name: "t", hasFallback: true, timeoutMs: 5000 }] });
    await harness.start("t");
    await harness.clock.advance(5000);
    await fail(harness, "t", "ABORTED");
    expect(await harness.status("t")).toMatchObject({ state: "running", reason: "FALLBACK" });
    const { currentRun } = await harness.status("t");
    expect(currentRun).toMatchObject({ fallback: { cause: { reason: "TIMED_OUT" } }, stopping: undefined });
  });

  it("does not fall back where the next time of its schedule cancels the run", async () => {
    const schedule = { kind: "interval", intervalMs: 6000, overlap: "cancel-running", catchUpMs: 0 } as const;
    const timed = { name: "t", hasFallback: true, timeoutMs: 5500, stopGraceMs: 2000, schedule };
    await using harness = await Harness.start({ types: [timed] });
    await harness.start("t");
    await harness.clock.advance(6000);
    await fail(harness, "t", "ABORTED");
    expect(harness.runner.runs).toHaveLength(2);
    expect(harness.runner.of("t").request.failure).toBeUndefined();
    expect(await harness.status("t")).toMatchObject({ state: "running", executionCount: 2 });
  });

  it("keeps its slot for it", async () => {
    await using harness = await Harness.start({ types: types.map((type) => ({ ...type, concurrency: 1 })) });
    for (const jobId of ["a", "b"]) await harness.start(jobId, { jobType: "t" });
    await fail(harness, "a");
    expect(await harness.status("b")).toMatchObject({ state: "pending" });
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("b")).toMatchObject({ state: "running", reason: "" });
  });
});

describe("a fallback that is at work", () => {
  it("is stopped as any work", async () => {
    await using harness = await fallenBack();
    await harness.stop("a");
    expect(harness.runner.of("a").stops).toBe(1);
    await harness.clock.advance(1000);
    expect(await harness.status("a")).toMatchObject({ state: "stopped", reason: "FORCED" });
    expect(harness.runner.of("a").kills).toBe(1);
  });

  it("is replaced by a run that tries the work itself", async () => {
    await using harness = await fallenBack();
    await harness.start("a", { jobType: "t", conflictPolicy: "replace" });
    await fail(harness, "a", "ABORTED", false);
    expect(harness.runner.of("a").request.failure).toBeUndefined();
    expect((await harness.status("a")).currentRun?.fallback).toBeUndefined();
  });

  it("is lost with its server; a run that makes up for it begins with the work itself", async () => {
    for (const onLost of ["fail", "restart"] as const) {
      const store = createMemoryStore();
      const options = { types: types.map((type) => ({ ...type, onLost })), store };
      await using _before = await fallenBack(options);
      await using after = await Harness.start(options);
      if (onLost === "fail") {
        expect(await after.status("a")).toMatchObject({ state: "lost", currentRun: { fallback: {} } });
        expect(after.runner.runs).toHaveLength(0);
      } else {
        expect(await after.status("a")).toMatchObject({ state: "running", executionCount: 2 });
        expect(after.runner.of("a").request.failure).toBeUndefined();
      }
    }
  });

  it("is cut short by a drain, and none begins during one", async () => {
    const timed = [{ name: "t", template: true, hasFallback: true, timeoutMs: 5000, stopGraceMs: 500 }];
    await using harness = await Harness.start({ types: timed });
    await harness.start("a", { jobType: "t" });
    await harness.start("late", { jobType: "t" });
    await fail(harness, "a");
    await harness.clock.advance(5000);
    // The time of both is over when the drain begins, of one that of its fallback.
    const drained = harness.core.drain({ timeoutMs: 2000 });
    await harness.clock.advance(500);
    await drained;
    expect(harness.runner.runs).toHaveLength(3);
    expect(statusAfter(harness, "late")).toMatchObject({ state: "lost", reason: "DRAINED" });
    expect(statusAfter(harness, "a")).toMatchObject({ state: "failed", reason: "TIMED_OUT" });
  });

  /** A server that drains answers no other way. */
  function statusAfter(harness: Harness, jobId: string) {
    return harness.list().jobs.find((status) => status.jobId === jobId);
  }
});

describe("a fallback around a breaker", () => {
  const guarded = [{ name: "t", template: true, hasFallback: true, breaker, retry }];

  it("does the work at once while the circuit is open, whatever attempts are left", async () => {
    await using harness = await opened({ types: guarded });
    const { status } = await harness.start("a", { jobType: "t" });
    expect(status).toMatchObject({
      state: "running",
      reason: "FALLBACK",
      message: "Falling back after: The circuit of its type is open: 2 attempts in a row have failed",
      currentRun: { attempt: 1, fallback: { cause: { reason: "CIRCUIT_OPEN", attempt: 1 } } },
    });
    expect(harness.runner.of("a").request.failure).toMatchObject({ reason: "CIRCUIT_OPEN" });
  });

  it("does it at once too where the failure of the run itself has opened the circuit", async () => {
    await using harness = await Harness.start({ types: guarded });
    for (const jobId of ["a", "b"]) await harness.start(jobId, { jobType: "t" });
    for (const jobId of ["a", "b"]) await fail(harness, jobId);
    expect(await harness.status("a")).toMatchObject({ state: "retrying" });
    expect(await harness.status("b")).toMatchObject({ state: "running", reason: "FALLBACK" });
    await harness.clock.advance(1000);
    expect(await harness.status("a")).toMatchObject({
      state: "running",
      currentRun: { attempt: 2, fallback: { cause: { reason: "CIRCUIT_OPEN" } } },
      counters: { retries: 0 },
    });
  });

  it("counts for nothing: neither opens its failure the circuit, nor closes its success it", async () => {
    await using harness = await Harness.start({ types: [{ ...guarded[0], name: "t", retry: undefined }] });
    const circuit = () => harness.admin.stats().types[0]?.circuit?.circuit;
    await harness.start("a", { jobType: "t" });
    await fail(harness, "a");
    await fail(harness, "a");
    expect(circuit()).toEqual({ state: "closed", failures: 1 });
    await harness.start("b", { jobType: "t" });
    await fail(harness, "b");
    expect(circuit()).toMatchObject({ state: "open", failures: 2 });
    await harness.clock.advance(30_000);
    await harness.start("probe", { jobType: "t" });
    harness.runner.of("b").succeed();
    await harness.settle();
    expect(circuit()).toMatchObject({ state: "half-open" });
    await fail(harness, "probe");
    expect(circuit()).toMatchObject({ state: "open", failures: 3 });
    harness.runner.of("probe").succeed();
    await harness.settle();
    expect(circuit()).toMatchObject({ state: "open", failures: 3 });
    expect(await harness.status("probe")).toMatchObject({ state: "succeeded" });
  });
});
