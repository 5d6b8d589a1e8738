/** What stages do with items: order, how many at a time, batches by size and by time. */
import { createHook } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { createUnbounded } from "../../src/channel/index.ts";
import { type Pipeline, pipeline } from "../../src/pipeline/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { turn } from "../channel/pending.ts";
import { RecordingSource, upTo } from "./recording-source.ts";

/** A handler whose calls wait until the test lets each of them go. */
class Gate {
  readonly begun: number[] = [];
  readonly #opened = new Map<number, () => void>();
  readonly handle = async (n: number): Promise<number> => {
    this.begun.push(n);
    await new Promise<void>((resolve) => this.#opened.set(n, resolve));
    this.#opened.delete(n);
    return n;
  };

  get active(): number {
    return this.#opened.size;
  }

  async open(...items: number[]): Promise<void> {
    for (const n of items) this.#opened.get(n)?.();
    await turn();
  }
}

async function collected<T extends NonNullable<unknown> | null>(described: Pipeline<T>): Promise<T[]> {
  const items: T[] = [];
  await described.forEach((item) => void items.push(item));
  return items;
}

describe("map()", () => {
  it("passes on what its handler makes of each item, in order", async () => {
    expect(await collected(pipeline(upTo(50)).map((n) => `#${n}`))).toEqual(upTo(50).map((n) => `#${n}`));
  });

  it("awaits what is a promise for some items only", async () => {
    const some = (n: number) => (n % 3 === 0 ? Promise.resolve(-n) : n);
    expect(await collected(pipeline(upTo(9)).map(some))).toEqual([1, 2, -3, 4, 5, -6, 7, 8, -9]);
  });

  it("takes null, 0 and false for items, and no undefined", async () => {
    const falsy = [null, 0, false, "", Number.NaN];
    expect(await collected(pipeline(falsy).map((item) => item))).toEqual(falsy);
    const undefinedOnce = (n: number) => (n < 3 ? n : (undefined as unknown as number));
    await expect(collected(pipeline(upTo(5)).map(undefinedOnce))).rejects.toMatchObject({
      stage: "undefinedOnce",
      cause: expect.any(TypeError),
    });
  });

  it("handles one item at a time by default", async () => {
    const gate = new Gate();
    const running = collected(pipeline(upTo(3)).map(gate.handle));
    for (const n of [1, 2, 3]) {
      await turn();
      expect(gate.begun).toEqual(upTo(n));
      await gate.open(n);
    }
    expect(await running).toEqual([1, 2, 3]);
  });

  it("handles as many at a time as its concurrency says, and keeps the order", async () => {
    const gate = new Gate();
    const passed: number[] = [];
    const running = pipeline(upTo(6))
      .map(gate.handle, { concurrency: 3 })
      .forEach((n) => void passed.push(n));
    await turn();
    expect(gate.begun).toEqual([1, 2, 3]);
    await gate.open(2, 3);
    expect(passed).toEqual([]);
    expect(gate.begun).toEqual([1, 2, 3]);
    await gate.open(1);
    expect(passed).toEqual([1, 2, 3]);
    expect(gate.begun).toEqual([1, 2, 3, 4, 5, 6]);
    await gate.open(5, 4, 6);
    await running;
    expect(passed).toEqual(upTo(6));
  });

  it("passes on what is done, in any order, with unordered", async () => {
    const gate = new Gate();
    const passed: number[] = [];
    const running = pipeline(upTo(4))
      .map(gate.handle, { concurrency: 2, unordered: true })
      .forEach((n) => void passed.push(n));
    await turn();
    await gate.open(2);
    expect(passed).toEqual([2]);
    expect(gate.begun).toEqual([1, 2, 3]);
    await gate.open(3);
    await gate.open(4, 1);
    await running;
    expect(passed).toEqual([2, 3, 4, 1]);
  });

  it("keeps the order of handlers that give a promise for some items only", async () => {
    const gate = new Gate();
    const passed: number[] = [];
    const handle = (n: number) => (n === 1 ? gate.handle(n) : n);
    const running = pipeline(upTo(3))
      .map(handle, { concurrency: 2 })
      .forEach((n) => void passed.push(n));
    await turn();
    expect(passed).toEqual([]);
    await gate.open(1);
    await running;
    expect(passed).toEqual([1, 2, 3]);
  });

  it("calls its handler without a this", async () => {
    const seen: unknown[] = [];
    function handle(this: unknown, n: number) {
      seen.push(this);
      return n;
    }
    await collected(pipeline([1]).map(handle));
    expect(seen).toEqual([undefined]);
  });

  it("makes no promise for an item whose handlers make none", async () => {
    let promises = 0;
    const count = (_: number, type: string) => {
      if (type === "PROMISE") promises++;
    };
    const hook = createHook({ init: count });
    const described = pipeline(new RecordingSource(10_000), { clock: new FakeClock() })
      .map((n) => n + 1)
      .filter((n) => n % 2 === 0)
      .flatMap((n) => [n, n]);
    hook.enable();
    const { stages } = await described.forEach(() => {});
    hook.disable();
    expect(stages.at(-1)?.done).toBe(10_000);
    expect(promises).toBeLessThan(100);
  });
});

describe("filter()", () => {
  it("passes on the items that its handler accepts, in order", async () => {
    const even = async (n: number) => n % 2 === 0;
    expect(await collected(pipeline(upTo(9)).filter(even, { concurrency: 4 }))).toEqual([2, 4, 6, 8]);
  });

  it("narrows the type", async () => {
    const isText = (item: string | number) => typeof item === "string";
    const texts: string[] = await collected(pipeline([1, "a", 2, "b"]).filter(isText));
    expect(texts).toEqual(["a", "b"]);
  });
});

describe("flatMap()", () => {
  it.each([
    ["arrays", (n: number): Iterable<number> => Array.from({ length: n }, () => n)],
    [
      "promises of arrays",
      async (n: number): Promise<Iterable<number>> => Array.from({ length: n }, () => n),
    ],
    ["sets", (n: number): Iterable<number> => new Set([n, n * 10])],
  ])("passes on the items of %s, those of one item together", async (_, handle) => {
    const options = { concurrency: 3, capacity: 1 };
    const expected: number[] = [];
    for (const n of upTo(5)) expected.push(...(await handle(n)));
    expect(await collected(pipeline(upTo(5)).flatMap(handle, options))).toEqual(expected);
  });

  it("closes an iterator that is left early", async () => {
    const source = new RecordingSource();
    const running = pipeline([1])
      .flatMap(() => source)
      .forEach(() => {
        throw new Error("boom");
      });
    await expect(running).rejects.toThrow("boom");
    expect(source.closed).toBe(1);
  });
});

describe("batch()", () => {
  function setup({ size, within }: { size: number; within?: number }) {
    const clock = new FakeClock();
    const { reader, writer } = createUnbounded<number>();
    const batches: number[][] = [];
    const running = pipeline(reader, { clock })
      .batch({ size, within })
      .forEach((batch) => void batches.push(batch));
    const write = async (...items: number[]) => {
      for (const item of items) writer.tryWrite(item);
      await turn();
    };
    return { clock, writer, batches, running, write };
  }

  it("passes items on as soon as they are enough, and the rest at the end", async () => {
    const { writer, batches, running, write } = setup({ size: 3 });
    await write(1, 2);
    expect(batches).toEqual([]);
    await write(3, 4, 5, 6, 7);
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    writer.complete();
    await running;
    expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it("passes on what there is when the time since the first item is up", async () => {
    const { clock, batches, write } = setup({ size: 3, within: 100 });
    await clock.advance(1000);
    await write(1);
    await clock.advance(60);
    await write(2);
    await clock.advance(39);
    expect(batches).toEqual([]);
    await clock.advance(1);
    expect(batches).toEqual([[1, 2]]);
    await clock.advance(1000);
    expect(batches).toEqual([[1, 2]]);
    await write(3);
    await clock.advance(100);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it("begins a new time with each batch, and leaves no timer", async () => {
    const { clock, writer, batches, running, write } = setup({ size: 2, within: 100 });
    await write(1);
    await clock.advance(99);
    await write(2, 3);
    await clock.advance(99);
    expect(batches).toEqual([[1, 2]]);
    await clock.advance(1);
    expect(batches).toEqual([[1, 2], [3]]);
    await write(4);
    writer.complete();
    await running;
    expect(batches).toEqual([[1, 2], [3], [4]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("leaves no timer when the run fails", async () => {
    const clock = new FakeClock();
    const { reader, writer } = createUnbounded<number>();
    const running = pipeline(reader, { clock })
      .map((n) => (n < 2 ? n : Promise.reject(new Error("boom"))))
      .batch({ size: 10, within: 100 })
      .forEach(() => {});
    writer.tryWrite(1);
    await turn();
    expect(clock.pendingTimers).toBe(1);
    writer.tryWrite(2);
    await expect(running).rejects.toThrow("boom");
    expect(clock.pendingTimers).toBe(0);
  });

  it("holds its source back while a batch waits for room", async () => {
    const source = new RecordingSource();
    const abort = new AbortController();
    const gate = Promise.withResolvers<void>();
    const hold = () => gate.promise;
    const running = pipeline(source)
      .batch({ size: 5, capacity: 1 })
      .forEach(hold, { capacity: 1, signal: abort.signal });
    await turn();
    // With the handler, before it, and one that waits for room; one item before the batch and one in the hand.
    expect(source.asked).toBe(5 + 5 + 5 + 1 + 1);
    abort.abort("enough");
    gate.resolve();
    await expect(running).rejects.toBe("enough");
  });
});

describe("what a stage is asked for", () => {
  const described = pipeline([1]);

  it.each([
    ["map", () => described.map((n) => n, { concurrency: 0 }), RangeError],
    ["map", () => described.map((n) => n, { concurrency: 1.5 }), RangeError],
    ["filter", () => described.filter(() => true, { capacity: -1 }), RangeError],
    ["batch", () => described.batch({ size: 0 }), RangeError],
    ["batch", () => described.batch({ size: 1, within: Number.NaN }), RangeError],
    ["map", () => described.map("no function" as never), TypeError],
  ])("is checked when it is described: %s", (_, describe, kind) => {
    expect(describe).toThrow(kind);
  });

  it.each([
    ["forEach", () => described.forEach("no function" as never), TypeError],
    ["forEach", () => described.forEach(() => {}, { concurrency: Number.NaN }), RangeError],
    ["fanOut", () => described.fanOut({ a: { handle: () => {}, fullMode: "no mode" as never } }), TypeError],
    ["fanOut", () => described.fanOut({ a: { handle: undefined as never } }), TypeError],
    ["forEach", () => described.forEach(() => {}, { progressIntervalMs: 0 }), RangeError],
  ])("rejects the run where that describes it: %s", async (_, run, kind) => {
    await expect(run()).rejects.toThrow(kind);
  });
});
