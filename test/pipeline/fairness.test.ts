/** A run that never has to wait for anything but itself leaves everything else its turn. */
import { describe, expect, it } from "vitest";
import { type Pipeline, pipeline, type RunOptions } from "../../src/pipeline/index.ts";

function* forever(): Generator<number> {
  for (let n = 0; ; n++) yield n;
}

async function* foreverLater(): AsyncGenerator<number> {
  yield* forever();
}

const later = async (n: number) => n;
const sink = async () => {};

describe("a pipeline whose promises are all settled already", () => {
  const items = pipeline(forever);
  it.each<[what: string, run: (options: RunOptions) => Promise<unknown>]>([
    ["forEach", (options) => items.forEach(sink, options)],
    ["map with concurrency", (options) => items.map(later, { concurrency: 8 }).forEach(sink, options)],
    ["filter that accepts nothing", (options) => items.filter(async () => false).forEach(sink, options)],
    ["flatMap that never ends", (options) => pipeline([1]).flatMap(forever).forEach(sink, options)],
    ["fanOut", (options) => items.fanOut({ sink }, options)],
    ["fanOut to nobody", (options) => items.fanOut({}, options)],
    ["fanOut to nobody, of what comes later", (options) => pipeline(foreverLater).fanOut({}, options)],
    ["batch that is never full", (options) => neverFull(pipeline(foreverLater)).forEach(sink, options)],
  ])("lets everything else have its turn: %s", async (_, run) => {
    const abort = new AbortController();
    const reason = new Error("enough");
    setImmediate(() => abort.abort(reason));
    await expect(run({ signal: abort.signal })).rejects.toBe(reason);
  });

  it("passes a batch on when its time is up", async () => {
    const sizes: number[] = [];
    const ended = new Error("enough");
    const run = neverFull(pipeline(foreverLater), 1).forEach((batch) => {
      sizes.push(batch.length);
      throw ended;
    });
    await expect(run).rejects.toMatchObject({ cause: ended });
    expect(sizes).toHaveLength(1);
  });
});

function neverFull(items: Pipeline<number>, within?: number): Pipeline<number[]> {
  return items.batch({ size: 1_000_000_000, within });
}
