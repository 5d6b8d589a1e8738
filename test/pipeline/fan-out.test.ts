/** One item to several handlers: who waits for whom, and what is dropped. */
import { describe, expect, it } from "vitest";
import { createUnbounded, type FullMode } from "../../src/channel/index.ts";
import { pipeline } from "../../src/pipeline/index.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { outcome, turn } from "../channel/pending.ts";
import { RecordingSource, upTo } from "./recording-source.ts";

/** A handler that takes one item, and no other until it is let go. */
function slowHandler() {
  const handled: number[] = [];
  const gate = Promise.withResolvers<void>();
  const handle = async (n: number) => {
    handled.push(n);
    await gate.promise;
  };
  return { handled, handle, letGo: gate.resolve };
}

/** Goes on by itself, as a real one does: a millisecond whenever somebody looks. */
class PassingClock extends FakeClock {
  #looks = 0;

  override monotonic(): number {
    return super.monotonic() + this.#looks++;
  }
}

describe("fanOut()", () => {
  it("gives each item to each handler, in order", async () => {
    const [now, later, four]: [number[], number[], number[]] = [[], [], []];
    const { stages } = await pipeline(upTo(100)).fanOut({
      now: (n) => void now.push(n),
      later: async (n) => void later.push(n),
      four: { handle: async (n) => void four.push(n), concurrency: 4, capacity: 0 },
    });
    for (const items of [now, later, four]) expect(items).toEqual(upTo(100));
    expect(stages.map(({ name, done }) => [name, done])).toEqual([
      ["source", 100],
      ["now", 100],
      ["later", 100],
      ["four", 100],
    ]);
  });

  it("waits for a slow handler whose full mode is wait, once its channel is full", async () => {
    const source = new RecordingSource();
    const slow = slowHandler();
    const fast: number[] = [];
    const abort = new AbortController();
    const running = pipeline(source).fanOut(
      { slow: { handle: slow.handle, capacity: 3 }, fast: (n) => void fast.push(n) },
      { signal: abort.signal },
    );
    await turn();
    // One that it handles, three that wait, and one that has no room: that went to the other handler all the same.
    expect(fast).toEqual([1, 2, 3, 4, 5]);
    expect(source.asked).toBe(5);
    abort.abort("enough");
    slow.letGo();
    expect(await outcome(running)).toEqual({ reason: "enough" });
  });

  it.each<[FullMode, number[], number]>([
    ["drop-oldest", [1, 9, 10], 7],
    ["drop-newest", [1, 2, 10], 7],
    ["drop-write", [1, 2, 3], 7],
  ])(
    "does not wait for a slow handler with %s, and counts what is dropped",
    async (fullMode, kept, dropped) => {
      const slow = slowHandler();
      const fast: number[] = [];
      const { reader, writer } = createUnbounded<number>();
      const running = pipeline(reader).fanOut({
        slow: { handle: slow.handle, capacity: 2, fullMode },
        fast: (n) => void fast.push(n),
      });
      for (const n of upTo(10)) {
        writer.tryWrite(n);
        await turn();
      }
      writer.complete();
      await turn();
      expect(fast).toEqual(upTo(10));
      slow.letGo();
      const { stages } = await running;
      expect(slow.handled).toEqual(kept);
      expect(stages.map(({ dropped }) => dropped)).toEqual([0, dropped, 0]);
      expect(stages[0]?.emitted).toBe(10);
      expect(stages[1]).toMatchObject({ received: 3, done: 3 });
    },
  );

  it("drops nothing of a handler that keeps up, even where the source never waits", async () => {
    const handled: number[] = [];
    const handle = (n: number) => void handled.push(n);
    const options = { handle, capacity: 2, fullMode: "drop-oldest" } as const;
    const { stages } = await pipeline(upTo(1000)).fanOut({ feed: options });
    expect(handled).toEqual(upTo(1000));
    expect(stages[1]?.dropped).toBe(0);
  });

  it("drops nothing of it where others have their turns in between", async () => {
    const handled: number[] = [];
    const options = { handle: (n: number) => void handled.push(n), fullMode: "drop-oldest" } as const;
    const running = pipeline(upTo(1000), { clock: new PassingClock() });
    await running.fanOut({ feed: { ...options, capacity: 1 }, other: { ...options, capacity: 2 } });
    expect(handled.toSorted((a, b) => a - b)).toEqual(upTo(1000).flatMap((n) => [n, n]));
  });

  it("lets others have their turn, also where nothing ever waits and all is dropped", async () => {
    const abort = new AbortController();
    const slow = slowHandler();
    setImmediate(() => {
      abort.abort("enough");
      slow.letGo();
    });
    const feed = { handle: slow.handle, fullMode: "drop-newest" } as const;
    const running = pipeline(new RecordingSource()).fanOut({ feed }, { signal: abort.signal });
    await expect(running).rejects.toBe("enough");
  });

  it("hands nothing over directly where it may drop: there would be nobody to take it", async () => {
    const feed = { handle: () => {}, capacity: 0, fullMode: "drop-oldest" } as const;
    await expect(pipeline([1]).fanOut({ feed })).rejects.toThrow(RangeError);
  });

  it("ends with the first error of any handler, with its name", async () => {
    const source = new RecordingSource();
    const fail = (n: number) => (n === 5 ? Promise.reject(new Error("no room")) : undefined);
    const running = pipeline(source).fanOut({
      audit: fail,
      feed: { handle: () => {}, fullMode: "drop-oldest" },
    });
    await expect(running).rejects.toMatchObject({
      stage: "audit",
      message: "Pipeline failed in audit: no room",
    });
    expect(source.closed).toBe(1);
  });

  it("without handlers reads the source to its end", async () => {
    const { stages } = await pipeline(upTo(5)).fanOut({});
    expect(stages).toMatchObject([{ name: "source", received: 5, emitted: 5 }]);
  });
});
