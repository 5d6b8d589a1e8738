/** What a pipeline takes its items from: how it asks, and how it lets go. */
import { EventEmitter, on } from "node:events";
import { describe, expect, it } from "vitest";
import { createBounded, createUnbounded } from "../../src/channel/index.ts";
import { PipelineError, pipeline, type Source } from "../../src/pipeline/index.ts";
import { abortListeners, isPending, outcome, turn } from "../channel/pending.ts";
import { RecordingSource, upTo } from "./recording-source.ts";

function filledChannel() {
  const { reader, writer } = createUnbounded<number>();
  for (const n of upTo(100)) writer.tryWrite(n);
  writer.complete();
  return reader;
}

async function* generated() {
  yield* upTo(100);
}

const sources: readonly (readonly [string, () => Source<number>])[] = [
  ["an array", () => upTo(100)],
  ["an iterable", () => new RecordingSource(100)],
  ["an async iterable", () => new RecordingSource(100).async()],
  ["an async generator", generated],
  ["a channel", filledChannel],
  ["a function that gives an array", () => () => upTo(100)],
];

describe.each(sources)("a pipeline from %s", (_, create) => {
  it("handles each item, in order, and resolves when all are handled", async () => {
    const handled: number[] = [];
    await pipeline(create()).forEach((n) => void handled.push(n));
    expect(handled).toEqual(upTo(100));
  });

  it("handles each item where handlers take their time", async () => {
    const handled: number[] = [];
    await pipeline(create())
      .map(async (n) => n * 2, { capacity: 2 })
      .forEach(async (n) => void handled.push(n));
    expect(handled).toEqual(upTo(100).map((n) => n * 2));
  });
});

describe("back-pressure", () => {
  it.each([
    ["an iterable", (source: RecordingSource) => source],
    ["an async iterable", (source: RecordingSource) => source.async()],
  ])("reaches %s: it is asked for no more than can wait", async (_, from) => {
    const source = new RecordingSource();
    const abort = new AbortController();
    const stuck = Promise.withResolvers<void>();
    const hold = () => stuck.promise;
    const running = pipeline(from(source))
      .map((n) => n, { capacity: 3 })
      .forEach(hold, { capacity: 4, signal: abort.signal });
    await turn();
    // One with the last handler, 4 before it, one that the map could not pass on, 3 before that, one in the hand.
    expect(source.asked).toBe(1 + 4 + 1 + 3 + 1);
    abort.abort("enough");
    stuck.resolve();
    expect(await outcome(running)).toEqual({ reason: "enough" });
  });

  it("goes on as soon as there is room", async () => {
    const source = new RecordingSource();
    const abort = new AbortController();
    const steps = createUnbounded<null>();
    const step = () => steps.reader.read();
    const running = pipeline(source).forEach(step, {
      capacity: 1,
      signal: abort.signal,
    });
    for (const n of [3, 4, 5]) {
      await turn();
      expect(source.asked).toBe(n);
      steps.writer.tryWrite(null);
    }
    abort.abort("enough");
    steps.writer.tryWrite(null);
    expect(await outcome(running)).toEqual({ reason: "enough" });
  });
});

describe("a source that is left early", () => {
  const boom = () => {
    throw new Error("boom");
  };

  it.each([
    ["an iterator", (source: RecordingSource) => source],
    ["an async iterator", (source: RecordingSource) => source.async()],
  ])("%s is closed once", async (_, from) => {
    const source = new RecordingSource();
    await expect(pipeline(from(source)).forEach(boom)).rejects.toThrow("boom");
    expect(source.closed).toBe(1);
    const asked = source.asked;
    await turn();
    expect(source.asked).toBe(asked);
  });

  it.each([
    ["an iterator", (source: RecordingSource) => source],
    ["an async iterator", (source: RecordingSource) => source.async()],
  ])("%s that was read to its end is not closed", async (_, from) => {
    const source = new RecordingSource(3);
    await expect(pipeline(from(source)).batch({ size: 10 }).forEach(boom)).rejects.toThrow("boom");
    expect(source.closed).toBe(0);
  });

  it("an async iterator is closed also where its own making ended the run", async () => {
    const abort = new AbortController();
    const source = new RecordingSource();
    const from = () => {
      abort.abort("enough");
      return source.async();
    };
    await expect(pipeline(from).forEach(() => {}, { signal: abort.signal })).rejects.toBe("enough");
    expect(source).toMatchObject({ asked: 0, closed: 1 });
  });

  it("an async generator runs its finally before the pipeline settles", async () => {
    const events: string[] = [];
    async function* source() {
      try {
        for (let n = 1; ; n++) yield n;
      } finally {
        await turn();
        events.push("closed");
      }
    }
    await pipeline(source())
      .forEach(boom)
      .catch(() => events.push("rejected"));
    expect(events).toEqual(["closed", "rejected"]);
  });

  it("an iterator that waits is woken by return()", async () => {
    const waiting = Promise.withResolvers<IteratorResult<number>>();
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => waiting.promise,
        return: async () => {
          waiting.resolve({ done: true, value: undefined });
          return { done: true, value: undefined };
        },
      }),
    };
    const abort = new AbortController();
    const running = pipeline(source).forEach(() => {}, { signal: abort.signal });
    expect(await isPending(running)).toBe(true);
    abort.abort("enough");
    expect(await outcome(running)).toEqual({ reason: "enough" });
  });

  it("an iterator that fails to close hides nothing", async () => {
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: () => Promise.reject(new Error("cannot close")),
      }),
    };
    await expect(pipeline(source).forEach(boom)).rejects.toThrow("Pipeline failed in boom: boom");
  });

  it("a function has the signal of the run, so that what it waits for can be ended", async () => {
    const abort = new AbortController();
    const { reader, writer } = createBounded<number>(1);
    const source: Source<number> = ({ signal }) => reader.readAll({ signal });
    const running = pipeline(source).forEach(() => {}, { signal: abort.signal });
    writer.tryWrite(1);
    expect(await isPending(running)).toBe(true);
    abort.abort("enough");
    expect(await outcome(running)).toEqual({ reason: "enough" });
  });

  it("an emitter is let go of", async () => {
    const emitter = new EventEmitter();
    const abort = new AbortController();
    const placed: unknown[] = [];
    const running = pipeline(({ signal }) => on(emitter, "placed", { signal })).forEach(
      ([order]) => void placed.push(order),
      { signal: abort.signal },
    );
    emitter.emit("placed", 1);
    expect(await isPending(running)).toBe(true);
    abort.abort("enough");
    expect(await outcome(running)).toEqual({ reason: "enough" });
    expect(placed).toEqual([1]);
    expect(emitter.listenerCount("placed")).toBe(0);
  });

  it("a channel stays open, and keeps what was not taken", async () => {
    const { reader, writer } = createUnbounded<number>();
    for (const n of upTo(10)) writer.tryWrite(n);
    await expect(pipeline(reader).forEach(boom, { capacity: 2 })).rejects.toThrow("boom");
    expect(reader.count).toBeGreaterThan(5);
    expect(writer.tryWrite(11)).toBe(true);
  });

  it("a channel that is waited for is let go of", async () => {
    const { reader, writer } = createUnbounded<number>();
    const abort = new AbortController();
    const running = pipeline(reader).forEach(() => {}, { signal: abort.signal });
    await turn();
    abort.abort("enough");
    expect(await outcome(running)).toEqual({ reason: "enough" });
    writer.tryWrite(1);
    await turn();
    expect(reader.count).toBe(1);
    expect(abortListeners(abort.signal)).toBe(0);
  });
});

describe("a source that fails", () => {
  const error = new Error("no disk");

  function* failing() {
    yield 1;
    throw error;
  }

  async function* failingLater() {
    yield 1;
    throw error;
  }

  const failed = () => {
    const { reader, writer } = createUnbounded<number>();
    writer.complete(error);
    return reader;
  };

  it.each([
    ["an iterable", failing],
    ["an async iterable", failingLater],
    ["a channel that was completed with an error", failed],
    [
      "a function",
      () => () => {
        throw error;
      },
    ],
    [
      "an iterator that throws at once",
      () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            throw error;
          },
        }),
      }),
    ],
  ] as readonly (readonly [string, () => Source<number>])[])(
    "is told as the source's error: %s",
    async (_, create) => {
      const thrown = await pipeline(create(), { name: "rows" })
        .forEach(() => {})
        .catch((thrown: unknown) => thrown);
      expect(thrown).toBeInstanceOf(PipelineError);
      expect(thrown).toMatchObject({
        stage: "rows",
        cause: error,
        message: "Pipeline failed in rows: no disk",
      });
    },
  );

  it.each([
    ["nothing", undefined],
    ["a number", 1],
    ["an object", {}],
  ])("is told so where it is none: %s", async (_, source) => {
    const running = pipeline(source as unknown as Source<number>).forEach(() => {});
    await expect(running).rejects.toThrow(/^Pipeline failed in source: .*not iterable/);
  });

  it("may not give undefined, which is no item", async () => {
    const source = new RecordingSource();
    const items = {
      *[Symbol.iterator]() {
        for (const n of source) yield n < 3 ? n : undefined;
      },
    };
    const running = pipeline(items as Iterable<number>).forEach(() => {});
    await expect(running).rejects.toThrow(
      "Pipeline failed in source: Cannot write to a channel: undefined is not an item",
    );
    expect(source.closed).toBe(1);
  });
});
