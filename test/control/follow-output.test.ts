import { describe, expect, it } from "vitest";
import { Harness } from "./core-harness.ts";
import { running, types } from "./running.ts";
import { textsIn } from "./written.ts";

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
