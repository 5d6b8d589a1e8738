import { describe, expect, it } from "vitest";
import { JobControlError } from "../../src/job/errors.ts";
import { Harness } from "./core-harness.ts";
import { FailingStore } from "./failing-store.ts";

const types = [{ name: "a" }, { name: "b" }];

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
    const { jobs } = harness.list();
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
    const store = new FailingStore();
    const harness = await Harness.start({ types, store, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const queued = expect(harness.start("b")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await harness.settle();
    store.error = new Error("disk");
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

  it("does not begin the run that was to replace another, which is lost", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await harness.start("a", { conflictPolicy: "replace" });
    const drained = harness.core.drain({ timeoutMs: 30_000 });
    await harness.settle();
    harness.runner.of("a").fail("ABORTED");
    await harness.settle();
    await drained;
    expect(harness.runner.runs).toHaveLength(1);
    const [job] = harness.list().jobs;
    expect(job).toMatchObject({ state: "lost", desiredState: "running", currentRun: { state: "lost" } });
  });

  it("begins no run of a schedule, and is over when the last run is", async () => {
    const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
    const slow = { name: "slow", stopGraceMs: 20_000 };
    await using harness = await Harness.start({ types: [slow, { name: "tick", schedule }] });
    await harness.start("slow");
    await harness.start("tick");
    harness.runner.of("tick").succeed();
    await harness.settle();
    const drained = harness.core.drain({ timeoutMs: 10_000 });
    await harness.clock.advance(3500);
    harness.runner.of("slow").succeed();
    await harness.settle();
    await drained;
    expect(harness.runner.runs).toHaveLength(2);
  });

  it("asks runs to end though there is always something to commit", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types: [{ name: "t", template: true }] });
    const { clock, runner } = harness;
    for (let job = 0; job < 20; job++) await harness.start(`job-${job}`, { jobType: "t" });
    store.delay = () => new Promise((resolve) => clock.setTimer(10, resolve));
    let beats = 0;
    const beat = () => {
      runner.runs[beats++ % 20]?.progress(beats);
      clock.setTimer(2.5, beat);
    };
    beat();
    await clock.advance(100);
    const drained = harness.core.drain({ timeoutMs: 5000 });
    await clock.advance(500);
    expect(runner.runs.every(({ stops }) => stops === 1)).toBe(true);
    await clock.advance(5000);
    await drained;
  });

  it("leaves the runs the time of their grace, however deep the queue", async () => {
    const job = { name: "job", stopGraceMs: 2000 };
    await using harness = await Harness.start({
      rate: { rate: 1, burst: 1 },
      types: [job, { name: "t", template: true }],
    });
    await harness.start("job");
    for (let more = 0; more < 20; more++) harness.start(`job-${more}`, { jobType: "t" }).catch(() => {});
    const drained = harness.core.drain({ timeoutMs: 10_000 });
    await harness.clock.advance(8000);
    expect(harness.runner.of("job")).toMatchObject({ stops: 1, kills: 0 });
    await harness.clock.advance(2000);
    expect(harness.runner.of("job")).toMatchObject({ kills: 1 });
    await drained;
  });

  it("settles though the core is disposed of meanwhile", async () => {
    const harness = await Harness.start({ types });
    await harness.start("a");
    const drained = harness.core.drain({ timeoutMs: 5000 });
    await harness[Symbol.asyncDispose]();
    await harness.clock.advance(10_000);
    await drained;
  });

  it("nor where that other was being ended by force already", async () => {
    await using harness = await Harness.start({ types: [{ name: "a", stopGraceMs: 100 }] });
    await harness.start("a");
    const old = harness.runner.of("a");
    // It takes its time to die.
    old.kill = () => {};
    await harness.start("a", { conflictPolicy: "replace" });
    await harness.clock.advance(100);
    const drained = harness.core.drain({ timeoutMs: 30_000 });
    await harness.settle();
    old.fail("KILLED");
    await harness.settle();
    await drained;
    expect(harness.runner.runs).toHaveLength(1);
  });

  it("counts every command that it refused, also those that wait for the queue of their type", async () => {
    const queue = { capacity: 1, fullMode: "wait" } as const;
    const types = [{ name: "t", template: true, concurrency: 1, queue }];
    await using harness = await Harness.start({ types, lane: { capacity: 1000 }, maxWaiters: 1000 });
    const fates = Array.from({ length: 602 }, (_, number) =>
      fateOf(harness.start(`${number}`, { jobType: "t" })),
    );
    await harness.settle();
    const answer = harness.admin.drain({ timeoutMs: 1000, reason: "" }, harness.call());
    await harness.clock.advance(10_000);
    const refused = (await Promise.all(fates)).filter((code) => code === "DRAINING").length;
    expect(await answer).toMatchObject({ refused });
    expect(refused).toBe(600);
  });
});

/** The code of its refusal; undefined where it was not refused. */
async function fateOf(reply: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await reply.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof JobControlError ? error.code : undefined;
}
