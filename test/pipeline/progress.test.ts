/** The counts of a run, while it goes on and at its end, and what a job tells of them. */
import { describe, expect, it } from "vitest";
import { createUnbounded } from "../../src/channel/index.ts";
import { type PipelineStats, pipeline, progressOf } from "../../src/pipeline/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { outcome, turn } from "../channel/pending.ts";
import { upTo } from "./recording-source.ts";

describe("the counts of a run", () => {
  it("tell of each stage what it took, did and passed on", async () => {
    const { stages } = await pipeline(upTo(10))
      .filter((n) => n % 2 === 0)
      .flatMap((n) => [n, n], { capacity: 5 })
      .batch({ size: 4 })
      .forEach(() => {}, { name: "persist", capacity: 2 });
    const stage = { depth: 0, dropped: 0 };
    expect(stages).toEqual([
      { ...stage, name: "source", received: 10, done: 10, emitted: 10, capacity: 0 },
      { ...stage, name: "filter", received: 10, done: 10, emitted: 5, capacity: 16 },
      { ...stage, name: "flatMap", received: 5, done: 5, emitted: 10, capacity: 5 },
      { ...stage, name: "batch", received: 10, done: 10, emitted: 3, capacity: 16 },
      { ...stage, name: "persist", received: 3, done: 3, emitted: 0, capacity: 2 },
    ]);
  });

  it("have names: of the option, of the function, or of what the stage does, each once", async () => {
    const validate = (n: number) => n;
    const { stages } = await pipeline(upTo(1), { name: "rows" })
      .map(validate)
      .map(validate)
      .map((n) => n)
      .map(validate, { name: "again" })
      .forEach(() => {});
    expect(stages.map(({ name }) => name)).toEqual([
      "rows",
      "validate",
      "validate 2",
      "map",
      "again",
      "forEach",
    ]);
  });
});

describe("onProgress", () => {
  function setup({ onProgress }: { onProgress?: (stats: PipelineStats) => void } = {}) {
    const clock = new FakeClock();
    const abort = new AbortController();
    const told: PipelineStats[] = [];
    const steps = createUnbounded<null>();
    const wait = () => steps.reader.read();
    const options = {
      signal: abort.signal,
      progressIntervalMs: 100,
      onProgress: onProgress ?? ((stats: PipelineStats) => void told.push(stats)),
    };
    const running = pipeline(upTo(3), { clock }).forEach(wait, options);
    const step = async () => {
      steps.writer.tryWrite(null);
      await turn();
    };
    return { clock, abort, told, running, step };
  }

  it("is told the counts at each interval, and once at the end", async () => {
    const { clock, told, running, step } = setup();
    await clock.advance(250);
    await step();
    await clock.advance(50);
    const last = (stats: PipelineStats | undefined) => stats?.stages.at(-1);
    expect(told.map(last)).toMatchObject([
      { received: 1, done: 0, depth: 2 },
      { received: 1, done: 0, depth: 2 },
      { received: 2, done: 1, depth: 1 },
    ]);
    await step();
    await step();
    const stats = await running;
    expect(told).toHaveLength(4);
    expect(told[3]).toEqual(stats);
    expect(last(stats)).toMatchObject({ received: 3, done: 3, depth: 0 });
    await clock.advance(1000);
    expect(told).toHaveLength(4);
  });

  it("is told at the end of a run that was aborted, before that rejects", async () => {
    const { abort, told, running, step } = setup();
    abort.abort("enough");
    const ended = outcome(running);
    await step();
    expect(await ended).toEqual({ reason: "enough" });
    expect(told).toHaveLength(1);
  });

  it("ends the run with what it throws", async () => {
    const onProgress = () => {
      throw new TypeError("Invalid progress");
    };
    const { clock, running, step } = setup({ onProgress });
    const ended = running.catch((error: unknown) => error);
    await clock.advance(100);
    await step();
    expect(await ended).toMatchObject({
      stage: "onProgress",
      message: "Pipeline failed in onProgress: Invalid progress",
    });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("progressOf()", () => {
  const stage = { received: 0, done: 0, emitted: 0, depth: 0, capacity: 16, dropped: 0 };
  const stats: PipelineStats = {
    stages: [
      { ...stage, name: "source", received: 120, done: 119 },
      { ...stage, name: "validate", done: 110, depth: 9 },
      { ...stage, name: "feed", done: 12, depth: 16, dropped: 82 },
      { ...stage, name: "audit", done: 100 },
    ],
  };

  it("counts what was read, and says how far each stage is", () => {
    expect(progressOf(stats, { total: 500, unit: "rows" })).toEqual({
      current: 119,
      total: 500,
      unit: "rows",
      message: "validate 110 (9 wait), feed 12 (16 wait, 82 dropped), audit 100",
    });
    expect(progressOf(stats)).toMatchObject({ current: 119, total: 0, unit: "" });
  });

  it("can count what another stage has done", () => {
    expect(progressOf(stats, { stage: "audit" })).toMatchObject({ current: 100 });
    expect(() => progressOf(stats, { stage: "adit" })).toThrow(RangeError);
  });

  it("is as short as a job's progress must be", () => {
    const stages = upTo(40).map((n) => ({ ...stage, name: `stage-${n}` }));
    expect(progressOf({ stages }).message).toHaveLength(256);
    const pairs = stages.map((stage) => ({ ...stage, name: "🛒".repeat(200) }));
    expect(progressOf({ stages: pairs }).message.isWellFormed()).toBe(true);
  });
});
