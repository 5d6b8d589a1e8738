/** How a run ends early: by the first error, or by its signal. Nothing goes on after it has settled. */
import { describe, expect, it } from "vitest";
import { createUnbounded } from "../../src/channel/index.ts";
import { PipelineError, pipeline, type StageContext } from "../../src/pipeline/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { abortListeners, isPending, outcome, turn } from "../channel/pending.ts";
import { RecordingSource, upTo } from "./recording-source.ts";

/** A handler that waits until its signal fires, and then for the test. */
function waitingHandler() {
  const begun: unknown[] = [];
  const reasons: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const handle = async (item: unknown, { signal }: StageContext) => {
    begun.push(item);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reasons.push(signal.reason);
    await gate.promise;
    throw new Error("late");
  };
  return { begun, reasons, handle, letGo: gate.resolve };
}

describe("the first error of a handler", () => {
  const error = new Error("no such customer");
  const enrich = (n: number) => {
    if (n === 3) throw error;
    return n;
  };
  const enrichLater = async (n: number) => enrich(n);

  it.each([
    ["throws", enrich, "enrich"],
    ["rejects", enrichLater, "enrichLater"],
  ])("is told with the name of its stage, and the counts: it %s", async (_, handle, stage) => {
    const thrown = await pipeline(upTo(5))
      .map((n) => n)
      .map(handle)
      .forEach(() => {})
      .catch((thrown: unknown) => thrown);
    expect(thrown).toBeInstanceOf(PipelineError);
    expect(thrown).toMatchObject({
      name: "PipelineError",
      code: "PIPELINE_FAILED",
      message: `Pipeline failed in ${stage}: no such customer`,
      stage,
      cause: error,
    });
    const { stages } = (thrown as PipelineError).stats;
    expect(stages.map(({ name }) => name)).toEqual(["source", "map", stage, "forEach"]);
    expect(stages[2]).toMatchObject({ received: 3, done: 2, emitted: 2 });
  });

  it("ends a stage whose own name is given", async () => {
    const running = pipeline(upTo(5)).map(enrich, { name: "lookup" });
    await expect(running.forEach(() => {})).rejects.toMatchObject({ stage: "lookup" });
  });

  it("fires the signal of those at work, and waits for them, but does not tell what they throw", async () => {
    const { begun, reasons, handle, letGo } = waitingHandler();
    const { reader, writer } = createUnbounded<number>();
    const running = pipeline(reader).map(enrich).forEach(handle, { concurrency: 2 });
    for (const n of [1, 2]) writer.tryWrite(n);
    await turn();
    expect(begun).toEqual([1, 2]);
    writer.tryWrite(3);
    expect(await isPending(running)).toBe(true);
    expect(reasons).toEqual([expect.any(PipelineError), expect.any(PipelineError)]);
    letGo();
    expect(await outcome(running)).toEqual({ reason: expect.objectContaining({ cause: error }) });
  });

  it("lets nothing begin any more, also what is in the channels already", async () => {
    const handled: number[] = [];
    const { reader, writer } = createUnbounded<number>();
    const gate = Promise.withResolvers<void>();
    const persist = async (n: number) => {
      handled.push(n);
      await gate.promise;
    };
    const running = pipeline(reader).map(enrich).forEach(persist);
    for (const n of [1, 2]) writer.tryWrite(n);
    await turn();
    expect(handled).toEqual([1]);
    for (const n of [3, 4]) writer.tryWrite(n);
    gate.resolve();
    await expect(running).rejects.toThrow("no such customer");
    await turn();
    expect(handled).toEqual([1]);
  });

  it("lets those go that wait for their turn", async () => {
    const gate = Promise.withResolvers<number>();
    const handle = (n: number) => {
      if (n === 1) return gate.promise;
      if (n === 3) return Promise.reject(error);
      return n;
    };
    const running = pipeline(upTo(3))
      .map(handle, { concurrency: 3 })
      .forEach(() => {});
    expect(await isPending(running)).toBe(true);
    gate.resolve(1);
    expect(await outcome(running)).toEqual({ reason: expect.objectContaining({ cause: error }) });
  });

  it.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a string", "boom", "boom"],
    ["an error without words", new TypeError(), "TypeError"],
    ["an object without a prototype", Object.create(null), "a value that cannot be described"],
  ])("may be anything: %s", async (_, thrown, text) => {
    const fail = () => {
      throw thrown;
    };
    const running = pipeline(upTo(3)).forEach(fail);
    const error = await running.catch((error: unknown) => error);
    expect(error).toMatchObject({ message: `Pipeline failed in fail: ${text}`, cause: thrown });
  });
});

describe("the signal of a run", () => {
  it("that has fired rejects with its reason, and does not open the source", async () => {
    let opened = false;
    const source = () => {
      opened = true;
      return [1];
    };
    const running = pipeline(source).forEach(() => {}, { signal: AbortSignal.abort("enough") });
    await expect(running).rejects.toBe("enough");
    expect(opened).toBe(false);
  });

  it.each([["enough"], [null], [new Error("enough")]])(
    "reaches those at work with its reason, waits for them, and rejects with it: %s",
    async (reason) => {
      const { reasons, handle, letGo } = waitingHandler();
      const abort = new AbortController();
      const running = pipeline(new RecordingSource()).forEach(handle, { signal: abort.signal });
      await turn();
      abort.abort(reason);
      expect(await isPending(running)).toBe(true);
      expect(reasons).toEqual([reason]);
      letGo();
      expect(await outcome(running)).toEqual({ reason });
    },
  );

  it("may fire within a handler", async () => {
    const abort = new AbortController();
    const handled: number[] = [];
    const handle = (n: number) => {
      handled.push(n);
      if (n === 3) abort.abort("enough");
      return n;
    };
    const source = new RecordingSource();
    const passed: number[] = [];
    const running = pipeline(source)
      .map(handle)
      .forEach((n) => void passed.push(n), { signal: abort.signal });
    await expect(running).rejects.toBe("enough");
    expect(handled).toEqual([1, 2, 3]);
    expect(passed).toEqual([]);
    expect(source.closed).toBe(1);
  });

  it("ends a run that never waits: it gives others their turn", async () => {
    const abort = new AbortController();
    setImmediate(() => abort.abort("enough"));
    const running = pipeline(new RecordingSource())
      .map((n) => n)
      .forEach(() => {}, { signal: abort.signal });
    await expect(running).rejects.toBe("enough");
  });

  it("ends a stage that never waits, and makes ever more of one item", async () => {
    const abort = new AbortController();
    const source = new RecordingSource();
    setImmediate(() => abort.abort("enough"));
    const running = pipeline([1])
      .flatMap(() => source)
      .forEach(() => {}, { signal: abort.signal });
    await expect(running).rejects.toBe("enough");
    expect(source.closed).toBe(1);
  });

  it.each([
    ["resolves", (n: number) => n],
    ["fails", () => Promise.reject(new Error("boom"))],
  ])("has no listener left when the run %s", async (_, handle) => {
    const abort = new AbortController();
    const clock = new FakeClock();
    const running = pipeline(upTo(50), { clock })
      .map((n) => n, { concurrency: 4 })
      .batch({ size: 3, within: 1000 })
      .map(() => handle(1))
      .fanOut({ one: async () => {}, other: () => {} }, { signal: abort.signal, onProgress: () => {} });
    expect(abortListeners(abort.signal)).toBe(1);
    await running.catch(() => {});
    expect(abortListeners(abort.signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    abort.abort("too late");
  });
});

describe("a pipeline", () => {
  it("is a description: it can be run again, and be the beginning of several", async () => {
    const doubled = pipeline(upTo(3)).map((n) => n * 2);
    const passed: number[] = [];
    await doubled.forEach((n) => void passed.push(n));
    await doubled.map((n) => n + 1).forEach((n) => void passed.push(n));
    expect(passed).toEqual([2, 4, 6, 3, 5, 7]);
  });
});
