import { describe, expect, it } from "vitest";
import type { JobStore } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { Harness, type HarnessOptions } from "./core-harness.ts";
import { diskFull, FailingStore } from "./failing-store.ts";

const breaker = { failures: 2, halfOpenAfterMs: 30_000 };
const retry = { maxAttempts: 3, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };
/** Once a Start, without further attempts; `patient` has some. */
const types = [
  { name: "t", template: true, breaker },
  { name: "patient", template: true, breaker, retry },
];

/** The circuit of a type, as an operator sees it. */
function circuitOf({ admin }: Harness, name = "t") {
  return admin.stats().types.find((type) => type.name === name)?.circuit;
}

async function begin(harness: Harness, jobId: string, jobType = "t") {
  const { status } = await harness.start(jobId, { jobType });
  return status;
}

async function fail(harness: Harness, jobId: string, options?: { retryable: boolean }): Promise<void> {
  harness.runner.of(jobId).fail("THREW", options);
  await harness.settle();
}

async function succeed(harness: Harness, jobId: string): Promise<void> {
  harness.runner.of(jobId).succeed();
  await harness.settle();
}

/** A server with the circuit of `t` open for 30 s from now on. */
async function opened(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await Harness.start({ types, ...options });
  for (const jobId of ["a", "b"]) {
    await begin(harness, jobId);
    await fail(harness, jobId);
  }
  return harness;
}

describe("a type with a breaker", () => {
  it("counts failures in a row, of all its jobs, and begins anew after one that succeeds", async () => {
    await using harness = await Harness.start({ types });
    for (const jobId of ["a", "b", "c"]) await begin(harness, jobId);
    await fail(harness, "a");
    expect(circuitOf(harness)).toEqual({ circuit: { state: "closed", failures: 1 } });
    await succeed(harness, "b");
    expect(circuitOf(harness)).toEqual({ circuit: { state: "closed", failures: 0 } });
    await fail(harness, "c");
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "closed", failures: 1 } });
    expect(await begin(harness, "d")).toMatchObject({ state: "running" });
  });

  it("counts attempts, not runs, and times that were too long with them", async () => {
    await using harness = await Harness.start({
      types: [{ name: "t", breaker, retry, timeoutMs: 5000 }],
    });
    await begin(harness, "t");
    await fail(harness, "t", { retryable: true });
    await harness.clock.advance(1000 + 5000);
    harness.runner.of("t").fail("ABORTED");
    await harness.settle();
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "open", failures: 2 } });
  });

  it("does not count what was stopped by command, nor an input that nothing could be done with", async () => {
    await using harness = await Harness.start({ types });
    for (const jobId of ["a", "b", "c"]) {
      await begin(harness, jobId);
      await harness.stop(jobId);
      await fail(harness, jobId);
    }
    for (const jobId of ["d", "e", "f"]) {
      await begin(harness, jobId);
      harness.runner.of(jobId).fail("INVALID_INPUT");
      await harness.settle();
    }
    expect(circuitOf(harness)).toEqual({ circuit: { state: "closed", failures: 0 } });
  });

  it("has a circuit of its own: other types go on", async () => {
    await using harness = await opened();
    expect(await begin(harness, "other", "patient")).toMatchObject({ state: "running" });
  });
});

describe("an open circuit", () => {
  it("lets nothing of the work begin: a run has failed at once, and says why", async () => {
    await using harness = await opened();
    const runs = harness.runner.runs.length;
    expect(await harness.start("c", { jobType: "t" })).toMatchObject({
      started: true,
      status: {
        state: "failed",
        reason: "CIRCUIT_OPEN",
        message: "The circuit of its type is open: 2 attempts in a row have failed",
        executionCount: 1,
        counters: { failed: 1 },
        currentRun: { state: "failed", attempt: 1, error: { reason: "CIRCUIT_OPEN", retryable: true } },
      },
    });
    expect(harness.runner.runs).toHaveLength(runs);
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "open", failures: 2 } });
  });

  it("is shown with its times", async () => {
    await using harness = await opened();
    const openedMs = harness.clock.now();
    expect(circuitOf(harness)).toEqual({
      circuit: { state: "open", failures: 2, openedMs },
      halfOpenMs: openedMs + 30_000,
    });
    await harness.clock.advance(30_000);
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "half-open", probes: [] } });
  });

  it("has a run wait that has attempts left, until the circuit may be half-open, and costs it none", async () => {
    await using harness = await Harness.start({ types });
    for (const jobId of ["a", "b"]) {
      await begin(harness, jobId, "patient");
      await fail(harness, jobId);
    }
    const halfOpenMs = harness.clock.now() + 30_000;
    expect(await begin(harness, "c", "patient")).toMatchObject({
      state: "retrying",
      reason: "CIRCUIT_OPEN",
      currentRun: {
        attempt: 1,
        nextAttemptTimeMs: halfOpenMs,
        error: { reason: "CIRCUIT_OPEN", attempt: 1 },
      },
      counters: { retries: 0 },
    });
    await harness.clock.advance(30_000);
    expect(harness.runner.of("c").request).toMatchObject({ attempt: 1 });
    expect(await harness.status("c")).toMatchObject({ state: "running", counters: { retries: 0 } });
  });

  it("has a run that it refuses wait for nothing else, however long its type waits between attempts", async () => {
    const slow = { ...retry, initialMs: 3_600_000, maxMs: 3_600_000 };
    await using harness = await opened({ types: [{ name: "t", template: true, breaker, retry: slow }] });
    const halfOpenMs = harness.clock.now() + 30_000;
    expect(await begin(harness, "c")).toMatchObject({
      currentRun: { attempt: 1, nextAttemptTimeMs: halfOpenMs },
    });
  });

  it("has a run whose own failure opened it wait as long", async () => {
    await using harness = await Harness.start({ types });
    for (const jobId of ["a", "b"]) {
      await begin(harness, jobId, "patient");
      await fail(harness, jobId, { retryable: true });
    }
    const nowMs = harness.clock.now();
    expect(await harness.status("a")).toMatchObject({ currentRun: { nextAttemptTimeMs: nowMs + 1000 } });
    expect(await harness.status("b")).toMatchObject({
      state: "retrying",
      reason: "THREW",
      currentRun: { nextAttemptTimeMs: nowMs + 30_000 },
    });
    // The other finds it open when its time comes, and loses no attempt by that.
    await harness.clock.advance(1000);
    expect(await harness.status("a")).toMatchObject({
      state: "retrying",
      reason: "CIRCUIT_OPEN",
      currentRun: { attempt: 2, nextAttemptTimeMs: nowMs + 30_000 },
      counters: { retries: 0 },
    });
  });

  it("leaves a schedule going, whose next time after it may probe", async () => {
    const schedule = { kind: "interval", intervalMs: 20_000, overlap: "skip", catchUpMs: 0 } as const;
    await using harness = await Harness.start({ types: [{ name: "t", breaker, schedule }] });
    await harness.start("t");
    for (let time = 0; time < 2; time++) {
      await fail(harness, "t");
      await harness.clock.advance(20_000);
    }
    expect(harness.runner.runs).toHaveLength(2);
    expect(await harness.status("t")).toMatchObject({ state: "scheduled", reason: "CIRCUIT_OPEN" });
    const { runId, status } = await harness.trigger("t");
    expect(runId).toBe(status?.currentRun?.runId);
    expect(status?.currentRun).toMatchObject({ state: "failed", error: { reason: "CIRCUIT_OPEN" } });
    await harness.clock.advance(20_000);
    expect(harness.runner.runs).toHaveLength(3);
  });

  it("is left by a Stop of a run that waits for it", async () => {
    await using harness = await Harness.start({ types });
    for (const jobId of ["a", "b"]) {
      await begin(harness, jobId, "patient");
      await fail(harness, jobId);
    }
    await begin(harness, "c", "patient");
    expect(await harness.stop("c")).toMatchObject({ status: { state: "stopped" } });
    await harness.clock.advance(60_000);
    expect(harness.runner.runs).toHaveLength(2);
  });

  it("empties the queue of the type, however long it is, a batch at a time", async () => {
    const queue = { capacity: 300, fullMode: "wait" } as const;
    const store = new FailingStore();
    await using harness = await Harness.start({
      types: [{ name: "t", template: true, breaker, concurrency: 1, queue }],
      store,
    });
    for (let number = 0; number < 301; number++) await begin(harness, `job-${number}`);
    const before = store.batches.length;
    await fail(harness, "job-0");
    await fail(harness, "job-1");
    const states = await Promise.all([2, 150, 300].map((number) => harness.status(`job-${number}`)));
    for (const status of states) expect(status).toMatchObject({ state: "failed", reason: "CIRCUIT_OPEN" });
    expect(harness.admin.stats().types).toMatchObject([{ running: 0, pending: 0 }]);
    expect(harness.runner.runs).toHaveLength(2);
    const sizes = store.batches.slice(before).map(({ changes }) => changes.length);
    expect(Math.max(...sizes)).toBeLessThan(200);
  });
});

describe("a half-open circuit", () => {
  async function halfOpen(options?: HarnessOptions): Promise<Harness> {
    const harness = await opened(options);
    await harness.clock.advance(30_000);
    expect(await begin(harness, "probe")).toMatchObject({ state: "running" });
    return harness;
  }

  it("lets one run probe, which is named, and no other", async () => {
    await using harness = await halfOpen();
    expect(await harness.status("probe")).toMatchObject({ state: "running", reason: "PROBING" });
    const { runId } = harness.runner.of("probe").request;
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "half-open", probes: [runId] } });
    expect(await begin(harness, "c")).toMatchObject({
      state: "failed",
      reason: "CIRCUIT_OPEN",
      message: "The circuit of its type is half-open, and another run probes",
    });
  });

  it("is not probed by a Start that is only to be validated", async () => {
    await using harness = await opened();
    await harness.clock.advance(30_000);
    expect(await harness.start("c", { jobType: "t", validateOnly: true })).toMatchObject({
      status: { state: "running" },
    });
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "half-open", probes: [] } });
    expect(await begin(harness, "d")).toMatchObject({ state: "running" });
  });

  it("is closed when the probe succeeds", async () => {
    await using harness = await halfOpen();
    await succeed(harness, "probe");
    expect(circuitOf(harness)).toEqual({ circuit: { state: "closed", failures: 0 } });
    expect(await harness.status("probe")).toMatchObject({ state: "succeeded", reason: "COMPLETED" });
    expect(await begin(harness, "c")).toMatchObject({ state: "running", reason: "" });
  });

  it("is open again when it fails", async () => {
    await using harness = await halfOpen();
    await harness.clock.advance(10_000);
    await fail(harness, "probe");
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "open", openedMs: harness.clock.now() } });
    await harness.clock.advance(29_999);
    expect(await begin(harness, "c")).toMatchObject({ reason: "CIRCUIT_OPEN" });
    await harness.clock.advance(1);
    expect(await begin(harness, "c")).toMatchObject({ state: "running" });
  });

  it("has the next run probe where the probe is stopped, or replaced", async () => {
    await using harness = await halfOpen();
    await harness.stop("probe");
    await fail(harness, "probe");
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "half-open", probes: [] } });
    expect(await begin(harness, "c")).toMatchObject({ state: "running" });
    await harness.start("c", { jobType: "t", conflictPolicy: "replace" });
    await fail(harness, "c");
    const status = await harness.status("c");
    expect(status).toMatchObject({ state: "running", executionCount: 2 });
    expect(circuitOf(harness)).toMatchObject({ circuit: { probes: [status.currentRun?.runId] } });
  });

  it("does not wait for ever for a probe that never ends", async () => {
    await using harness = await halfOpen();
    await harness.clock.advance(30_000);
    expect(await begin(harness, "second")).toMatchObject({ state: "running" });
    await succeed(harness, "second");
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "closed" } });
  });

  it("does not count runs that began before it opened", async () => {
    await using harness = await Harness.start({ types });
    for (const jobId of ["late", "a", "b"]) await begin(harness, jobId);
    for (const jobId of ["a", "b"]) await fail(harness, jobId);
    await harness.clock.advance(30_000);
    await begin(harness, "probe");
    await fail(harness, "late");
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "half-open", failures: 2 } });
  });
});

describe("a restart", () => {
  /** The server that comes after another, so many milliseconds after that began. */
  async function restarted(
    store: JobStore,
    { afterMs = 0, ...options }: HarnessOptions & { afterMs?: number } = {},
  ) {
    const harness = new Harness({ types, ...options, store });
    harness.clock.jump(afterMs);
    await harness.core.start();
    return harness;
  }

  it("leaves an open circuit open, for the rest of its time", async () => {
    const store = createMemoryStore();
    await using _before = await opened({ store });
    await using after = await restarted(store, { afterMs: 29_000 });
    expect(await begin(after, "c")).toMatchObject({ reason: "CIRCUIT_OPEN" });
    await after.clock.advance(1000);
    expect(await begin(after, "c")).toMatchObject({ state: "running" });
  });

  it("keeps count of failures", async () => {
    const store = createMemoryStore();
    await using before = await Harness.start({ types, store });
    await begin(before, "a");
    await fail(before, "a");
    await using after = await restarted(store);
    await begin(after, "b");
    await fail(after, "b");
    expect(circuitOf(after)).toMatchObject({ circuit: { state: "open" } });
  });

  it("has lost a run that probed, and the next one probes; lost runs are no failures", async () => {
    const store = createMemoryStore();
    await using before = await opened({ store });
    await before.clock.advance(30_000);
    await begin(before, "probe");
    await using after = await restarted(store, { afterMs: 31_000 });
    expect(circuitOf(after)).toMatchObject({ circuit: { state: "half-open", failures: 2, probes: [] } });
    expect(await after.status("probe")).toMatchObject({ state: "lost" });
    expect(await begin(after, "c")).toMatchObject({ state: "running" });
  });

  it("has the first run probe that begins again, whichever probed before", async () => {
    const store = createMemoryStore();
    const restarting = [{ name: "t", template: true, breaker, onLost: "restart" as const }];
    await using before = await Harness.start({ types: restarting, store });
    for (const jobId of ["late", "a", "b"]) await begin(before, jobId);
    for (const jobId of ["a", "b"]) await fail(before, jobId);
    await before.clock.advance(30_000);
    await begin(before, "probe");
    await using after = await restarted(store, { types: restarting, afterMs: 31_000 });
    expect(await after.status("late")).toMatchObject({ state: "running", executionCount: 2 });
    expect(await after.status("probe")).toMatchObject({ state: "failed", reason: "CIRCUIT_OPEN" });
  });

  it("forgets the circuit of a type that has no breaker any more", async () => {
    const store = createMemoryStore();
    await using before = await opened({ store });
    await before.settle();
    await using without = await restarted(store, { types: [{ name: "t", template: true }] });
    await without.settle();
    // Also where nothing else has changed with it.
    expect((await store.load()).circuits.size).toBe(0);
    expect(await begin(without, "c")).toMatchObject({ state: "running" });
    await using after = await restarted(store);
    expect(await begin(after, "d")).toMatchObject({ state: "running" });
  });

  it("goes by the settings of now: a shorter time is over sooner", async () => {
    const store = createMemoryStore();
    await using before = await opened({ store });
    await before.settle();
    const shorter = [{ name: "t", template: true, breaker: { failures: 2, halfOpenAfterMs: 100 } }];
    await using after = await restarted(store, { types: shorter });
    await after.clock.advance(100);
    expect(await begin(after, "c")).toMatchObject({ state: "running" });
  });
});

describe("a commit that fails", () => {
  it("takes the circuit back with the jobs", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    for (const jobId of ["a", "b"]) await begin(harness, jobId);
    await fail(harness, "a");
    store.error = diskFull;
    harness.runner.of("b").fail();
    await harness.settle();
    expect(circuitOf(harness)).toEqual({ circuit: { state: "closed", failures: 1 } });
    store.error = undefined;
    await harness.clock.advance(1000);
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "open", failures: 2 } });
    expect(store.batches.at(-1)?.circuits.get("t")).toMatchObject({ state: "open" });
  });

  it("takes back all that happened to the circuit in it, and in the batch that filled meanwhile", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    for (const jobId of ["a", "b", "c"]) await begin(harness, jobId);
    await succeed(harness, "c");
    const written = Promise.withResolvers<void>();
    store.delay = () => written.promise;
    store.error = diskFull;
    for (const jobId of ["a", "b"]) harness.runner.of(jobId).fail();
    await harness.settle();
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "open" } });
    await harness.clock.advance(30_000);
    const probe = expect(harness.start("probe", { jobType: "t" })).rejects.toMatchObject({
      code: "STORE_FULL",
    });
    await harness.settle();
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "half-open" } });
    written.resolve();
    await probe;
    expect(circuitOf(harness)).toEqual({ circuit: { state: "closed", failures: 0 } });
    store.error = undefined;
    await harness.clock.advance(1000);
    expect(circuitOf(harness)).toMatchObject({ circuit: { state: "open", failures: 2 } });
  });
});
