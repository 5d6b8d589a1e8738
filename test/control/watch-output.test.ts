import { describe, expect, it } from "vitest";
import type { Schedule } from "../../src/job/schedule.ts";
import { Harness } from "./core-harness.ts";
import { droppedIn, textsIn } from "./written.ts";

const everySecond: Schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 };
const types = [{ name: "a" }, { name: "b" }, { name: "often", schedule: everySecond }];

/** A job that runs and has written these lines. */
async function running(...texts: readonly string[]): Promise<Harness> {
  const harness = await Harness.start({ types });
  await harness.start("a");
  harness.runner.of("a").write(...texts);
  return harness;
}

/** Where a promise stands when all has happened that can happen without time going by. */
async function stateOf(harness: Harness, promise: Promise<unknown>): Promise<"pending" | "settled"> {
  let state: "pending" | "settled" = "pending";
  const settled = () => {
    state = "settled";
  };
  promise.then(settled, settled);
  await harness.settle();
  return state;
}

describe("WatchOutput", () => {
  it("tells the lines that are there, whose they are and when they came, and ends", async () => {
    await using harness = await running("one");
    await harness.clock.advance(10);
    harness.runner.of("a").write("two");
    const { runId } = harness.runner.of("a").request;
    const line = { source: "stdout", runId };
    const timeMs = harness.clock.now();
    expect(await harness.output("a").rest()).toEqual([
      {
        dropped: 0,
        lines: [
          { ...line, timeMs: timeMs - 10, text: "one" },
          { ...line, timeMs, text: "two" },
        ],
      },
    ]);
  });

  it("tells what the last run wrote, where none is going on", async () => {
    await using harness = await running("one");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.output("a").texts()).toEqual(["one"]);
    expect(await harness.output("a", { follow: true }).texts()).toEqual(["one"]);
  });

  it("tells the run that is going on, not those before it", async () => {
    await using harness = await running("old");
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("a");
    harness.runner.of("a").write("new");
    expect(await harness.output("a").texts()).toEqual(["new"]);
  });

  it("tells an earlier run that is asked for by its id", async () => {
    await using harness = await running("old");
    const { runId } = harness.runner.of("a").request;
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("a");
    harness.runner.of("a").write("new");
    expect(await harness.output("a", { runId }).texts()).toEqual(["old"]);
    expect(await harness.output("a", { runId, follow: true }).texts()).toEqual(["old"]);
  });

  it("tells nothing of a job that has not run, nor of a run that has not written", async () => {
    await using harness = await Harness.start({ types });
    expect(await harness.output("a").rest()).toEqual([]);
    await harness.start("a");
    const { runId } = harness.runner.of("a").request;
    expect(await harness.output("a").rest()).toEqual([]);
    expect(await harness.output("a", { runId }).rest()).toEqual([]);
  });

  it("keeps the jobs apart", async () => {
    await using harness = await running("of a");
    await harness.start("b");
    harness.runner.of("b").write("of b");
    expect(await harness.output("a").texts()).toEqual(["of a"]);
    expect(await harness.output("b").texts()).toEqual(["of b"]);
  });

  it("takes no token, and no turn in the channel", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 0.001, burst: 1 } });
    await harness.start("a");
    harness.runner.of("a").write("one");
    expect(await harness.output("a").texts()).toEqual(["one"]);
  });
});

describe("WatchOutput: tail", () => {
  it("begins with so many of the newest lines, and has dropped nothing", async () => {
    await using harness = await running("1", "2", "3");
    expect(await harness.output("a", { tail: 2 }).rest()).toMatchObject([
      { dropped: 0, lines: [{ text: "2" }, { text: "3" }] },
    ]);
    expect(await harness.output("a", { tail: 5 }).texts()).toEqual(["1", "2", "3"]);
    expect(await harness.output("a", { tail: 0 }).rest()).toEqual([]);
  });

  it("counts as dropped what it asked for and is gone", async () => {
    await using harness = await Harness.start({ types, output: { maxLines: 3 } });
    await harness.start("a");
    harness.runner.of("a").write("1", "2", "3", "4", "5");
    expect(droppedIn(await harness.output("a", { tail: 4 }).rest())).toBe(1);
    expect(droppedIn(await harness.output("a").rest())).toBe(2);
  });

  it("does not hold back what follows", async () => {
    await using harness = await running("old");
    const texts = harness.output("a", { tail: 0, follow: true }).texts();
    await harness.settle();
    harness.runner.of("a").write("new");
    harness.runner.of("a").succeed();
    await harness.clock.advance(5);
    expect(await texts).toEqual(["new"]);
  });
});

describe("WatchOutput without follow", () => {
  it("ends with the lines that were there when it began, however fast more are written", async () => {
    await using harness = await running("1", "2");
    await using output = harness.output("a");
    const first = await output.next();
    harness.runner.of("a").write("3");
    expect([first, ...(await output.rest())].flatMap(({ lines }) => lines.map(({ text }) => text))).toEqual([
      "1",
      "2",
    ]);
  });

  it("counts as dropped no more than was there when it began", async () => {
    await using harness = await Harness.start({ types, output: { maxLines: 300 } });
    await harness.start("a");
    const numbers = Array.from({ length: 300 }, (_, index) => `${index}`);
    harness.runner.of("a").write(...numbers);
    await using output = harness.output("a");
    const first = await output.next();
    expect(first.lines.length).toBeLessThan(300);
    harness.runner.of("a").write(...numbers);
    expect(await output.rest()).toEqual([{ lines: [], dropped: 300 - first.lines.length }]);
  });
});

describe("WatchOutput with follow", () => {
  it("goes on with what is written, until the run is over, and ends well", async () => {
    await using harness = await running("1");
    await using output = harness.output("a", { follow: true });
    expect(textsIn([await output.next()])).toEqual(["1"]);
    const next = output.next();
    await harness.clock.advance(1000);
    harness.runner.of("a").write("2");
    expect(textsIn([await next])).toEqual(["2"]);
    const rest = output.rest();
    harness.runner.of("a").write("3");
    harness.runner.of("a").fail();
    await harness.clock.advance(5);
    expect(textsIn(await rest)).toEqual(["3"]);
  });

  it("ends where nothing more was written", async () => {
    await using harness = await running();
    const rest = harness.output("a", { follow: true }).rest();
    expect(await stateOf(harness, rest)).toBe("pending");
    harness.runner.of("a").succeed();
    expect(await rest).toEqual([]);
  });

  it("sends together what is written within a few milliseconds, and the first at once", async () => {
    await using harness = await running();
    const run = harness.runner.of("a");
    await using output = harness.output("a", { follow: true });
    const first = output.next();
    await harness.settle();
    run.write("1");
    expect(textsIn([await first])).toEqual(["1"]);
    const second = output.next();
    run.write("2");
    await harness.clock.advance(4);
    run.write("3");
    expect(await stateOf(harness, second)).toBe("pending");
    await harness.clock.advance(1);
    expect(textsIn([await second])).toEqual(["2", "3"]);
  });

  it("tells what was there when it began without a pause", async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => `${index}`);
    await using harness = await running(...numbers);
    await using output = harness.output("a", { follow: true });
    const texts: string[] = [];
    while (texts.length < 1000) texts.push(...textsIn([await output.next()]));
    expect(texts).toEqual(numbers);
  });

  it("costs nothing while its reader is slow, and tells him what he missed", async () => {
    await using harness = await Harness.start({ types, output: { maxLines: 10 } });
    await harness.start("a");
    const run = harness.runner.of("a");
    run.write("0");
    await using output = harness.output("a", { follow: true });
    await output.next();
    const timers = harness.clock.pendingTimers;
    for (let line = 1; line <= 500; line++) run.write(`${line}`);
    await harness.clock.advance(1000);
    expect(harness.clock.pendingTimers).toBe(timers);
    run.succeed();
    await harness.settle();
    const rest = output.rest();
    await harness.clock.advance(5);
    expect(await rest).toMatchObject([
      { dropped: 490, lines: Array.from({ length: 10 }, (_, i) => ({ text: `${491 + i}` })) },
    ]);
  });

  it("gives many readers the same message", async () => {
    await using harness = await running();
    const readers = [1, 2, 3].map(() => harness.output("a", { follow: true }));
    const next = Promise.all(readers.map((reader) => reader.next()));
    await harness.settle();
    harness.runner.of("a").write("1", "2");
    const [first, ...others] = await next;
    for (const other of others) expect(other).toBe(first);
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  });

  it("waits for the first run of a job that has none", async () => {
    await using harness = await Harness.start({ types });
    const texts = harness.output("a", { follow: true }).texts();
    expect(await stateOf(harness, texts)).toBe("pending");
    await harness.start("a");
    harness.runner.of("a").write("1");
    harness.runner.of("a").succeed();
    await harness.clock.advance(5);
    expect(await texts).toEqual(["1"]);
  });

  it("does not go on to the next run", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("often");
    const texts = harness.output("often", { follow: true }).texts();
    harness.runner.of("often").write("first");
    harness.runner.of("often").succeed();
    await harness.clock.advance(1000);
    expect(harness.runner.runs).toHaveLength(2);
    expect(await texts).toEqual(["first"]);
  });

  it("tells the rest of a run that was replaced, and no line of the next", async () => {
    await using harness = await running("1");
    const old = harness.runner.of("a");
    const texts = harness.output("a", { follow: true }).texts();
    await harness.start("a", { conflictPolicy: "replace" });
    old.write("2");
    old.fail("ABORTED");
    await harness.settle();
    harness.runner.of("a").write("next");
    await harness.clock.advance(10);
    expect(await texts).toEqual(["1", "2"]);
  });

  it("ends when its caller goes away, and leaves nothing behind", async () => {
    await using harness = await running("1");
    const caller = new AbortController();
    const timers = harness.clock.pendingTimers;
    const rest = harness.output("a", { follow: true }, { signal: caller.signal }).rest();
    await harness.clock.advance(10);
    caller.abort();
    expect(textsIn(await rest)).toEqual(["1"]);
    expect(harness.clock.pendingTimers).toBe(timers);
  });
});

describe("WatchOutput: what is refused", () => {
  it.each([
    ["a job that there is not", "nobody", "", "JOB_NOT_FOUND", { jobId: "nobody" }],
    ["a run that there was not", "a", "r-1", "RUN_NOT_FOUND", { jobId: "a", runId: "r-1" }],
  ])("says so of %s, whether it follows or not", async (_name, jobId, runId, code, metadata) => {
    await using harness = await Harness.start({ types });
    for (const follow of [false, true]) {
      const refused = harness.output(jobId, { runId, follow }).rest();
      await expect(refused).rejects.toMatchObject({ code, refusal: { metadata } });
    }
  });

  it("does not know a run whose output has had to go", async () => {
    await using harness = await Harness.start({ types, output: { maxRuns: 2 } });
    for (let run = 0; run < 3; run++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    const [first, second] = harness.runner.runs.map(({ request }) => request.runId);
    await expect(harness.output("a", { runId: first ?? "" }).rest()).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    expect(await harness.output("a", { runId: second ?? "" }).rest()).toEqual([]);
  });

  it("counts as a watch, and is refused where there are too many", async () => {
    await using harness = await Harness.start({ types, maxWatchers: 2 });
    await using watch = harness.watch();
    await watch.snapshot();
    const output = harness.output("a", { follow: true });
    const pending = output.rest();
    await harness.settle();
    const refused = { code: "TOO_MANY_WATCHERS" };
    await expect(harness.output("a").rest()).rejects.toMatchObject(refused);
    await expect(harness.watch().next()).rejects.toMatchObject(refused);
    await harness.start("a");
    harness.runner.of("a").succeed();
    await pending;
    expect(await harness.output("a").rest()).toEqual([]);
  });
});

describe("WatchOutput of a job that is removed", () => {
  it("drops what was kept, tells those who still read, and does not know the job any more", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a" });
    const numbers = Array.from({ length: 400 }, (_, index) => `${index}`);
    harness.runner.of("x").write(...numbers);
    harness.runner.of("x").succeed();
    await harness.settle();
    await using output = harness.output("x");
    const { lines } = await output.next();
    await harness.clock.advance(80_000);
    expect(await output.rest()).toEqual([{ lines: [], dropped: 400 - lines.length }]);
    await expect(harness.output("x").rest()).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("shows nothing of it in a job that is made under its id", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a" });
    const { runId } = harness.runner.of("x").request;
    harness.runner.of("x").write("old");
    harness.runner.of("x").succeed();
    await harness.clock.advance(80_000);
    await harness.start("x", { jobType: "a" });
    harness.runner.of("x").write("new");
    expect(await harness.output("x").texts()).toEqual(["new"]);
    await expect(harness.output("x", { runId }).rest()).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

describe("WatchOutput when the server drains", () => {
  it("tells all that the run still writes, and ends well", async () => {
    await using harness = await running("1");
    const texts = harness.output("a", { follow: true }).texts();
    await harness.settle();
    const drained = harness.core.drain({ timeoutMs: 500 });
    await harness.settle();
    harness.runner.of("a").write("stopping");
    harness.runner.of("a").succeed();
    await harness.clock.advance(10);
    expect(await texts).toEqual(["1", "stopping"]);
    await drained;
  });

  it("ends the wait for a first run, and refuses what comes", async () => {
    await using harness = await Harness.start({ types });
    const waiting = harness.output("a", { follow: true }).rest();
    const refused = expect(waiting).rejects.toMatchObject({ code: "DRAINING" });
    await harness.settle();
    await harness.core.drain({ timeoutMs: 500 });
    await refused;
    await expect(harness.output("a").rest()).rejects.toMatchObject({ code: "DRAINING" });
  });
});
