import { describe, expect, it } from "vitest";
import { nextTurn } from "../../src/async/next-turn.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Harness } from "./core-harness.ts";

const t = { name: "t", template: true };

/** Starts so many jobs at a time, and lets them be applied. */
async function startJobs(harness: Harness, count: number, prefix = "job"): Promise<void> {
  const starts = Array.from({ length: count }, (_, index) =>
    harness.start(`${prefix}-${index}`, { jobType: "t" }),
  );
  await Promise.all(starts);
}

describe("a core whose ring is smaller than what happens at a time", () => {
  it("applies a flood of commands", async () => {
    await using harness = await Harness.start({ ring: 10, lane: { capacity: 1000 }, types: [t] });
    await startJobs(harness, 900);
    expect(harness.runner.runs).toHaveLength(900);
    expect(await harness.status("job-899")).toMatchObject({ state: "running" });
  });

  it("takes the end of many runs", async () => {
    await using harness = await Harness.start({ ring: 10, lane: { capacity: 1000 }, types: [t] });
    await startJobs(harness, 900);
    for (const run of harness.runner.runs) run.succeed();
    await harness.settle();
    expect(await harness.status("job-0")).toMatchObject({ state: "succeeded" });
  });

  it("removes many jobs whose time has come", async () => {
    const short = { ...t, retentionMs: 1000 };
    await using harness = await Harness.start({ ring: 10, lane: { capacity: 1000 }, types: [short] });
    await startJobs(harness, 900);
    for (const run of harness.runner.runs) run.succeed();
    await harness.clock.advance(20_000);
    await expect(harness.status("job-0")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    expect(harness.list().jobs).toEqual([]);
  });

  it("begins with more declared types than it holds", async () => {
    const types = Array.from({ length: 50 }, (_, index) => ({ name: `type-${index}` }));
    await using harness = await Harness.start({ ring: 1, types });
    expect(await harness.status("type-49")).toMatchObject({ state: "stopped" });
  });

  it("drains many runs", async () => {
    await using harness = await Harness.start({ ring: 10, lane: { capacity: 1000 }, types: [t] });
    await startJobs(harness, 900);
    const drained = harness.core.drain({ timeoutMs: 5000 });
    await harness.settle();
    for (const run of harness.runner.runs) run.fail("ABORTED");
    await harness.settle();
    await drained;
  });
});

/** Goes on by itself, as a real one does: a little whenever somebody looks. */
class PassingClock extends FakeClock {
  #looks = 0;

  override monotonic(): number {
    return super.monotonic() + this.#looks++ * 0.01;
  }
}

/** Resolves once all has happened that needs no turn of the event loop. */
function allMicrotasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

describe("a core with callers in its own process", () => {
  it("takes no more commands than it can answer: what comes too fast waits in its lane", async () => {
    await using harness = await Harness.start({ lane: { capacity: 100_000 } });
    const calls: Promise<unknown>[] = [];
    let told = 0;
    let mostUntold = 0;
    for (let turns = 0; turns < 100; turns++) {
      for (let more = 0; more < 64; more++) calls.push(harness.status("job").then(() => told++));
      await nextTurn();
      const waiting = harness.admin.stats().lanes.reduce((sum, { depth }) => sum + depth, 0);
      mostUntold = Math.max(mostUntold, calls.length - told - waiting);
    }
    expect(mostUntold).toBeLessThan(500);
    await Promise.all(calls);
  });

  it("has room for whatever comes within one turn of the event loop, where commands need no time but its own", async () => {
    const lane = { capacity: 100, fullMode: "drop-write" } as const;
    await using harness = await Harness.start({ clock: new PassingClock(), lane });
    const calls: Promise<unknown>[] = [];
    let turns = 0;
    setImmediate(() => turns++);
    for (let wave = 0; wave < 120; wave++) {
      for (let more = 0; more < 30; more++) calls.push(harness.status("job"));
      await allMicrotasks();
    }
    expect(turns).toBe(0);
    await Promise.all(calls);
  });

  it.each([
    ["also where there is room for one of them", 1],
    ["also where there is room for none", 0],
    ["where there is room for all", 100],
  ])(
    "leaves all else its turns of the event loop, though they wait for nothing but answers, %s",
    async (_where, capacity) => {
      await using harness = await Harness.start({
        clock: new PassingClock(),
        lane: { capacity, fullMode: "wait" },
      });
      let hadTurn = false;
      setImmediate(() => {
        hadTurn = true;
      });
      const caller = async () => {
        let calls = 0;
        for (; !hadTurn && calls < 10_000; calls++) await harness.status("job");
        return calls;
      };
      for (const calls of await Promise.all([caller(), caller(), caller()]))
        expect(calls).toBeLessThan(10_000);
    },
  );
});
