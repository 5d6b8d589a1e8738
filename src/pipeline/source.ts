/**
 * How items come into a pipeline. Whatever the source is, it is asked for the next item only when there was room for the
 * last, and it is let go of when the run ends.
 */
import type { ChannelReader } from "../channel/index.ts";
import type { Outlet } from "./outlet.ts";
import type { Sequence, Source } from "./pipeline.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import type { StageCounts } from "./stage-counts.ts";

export interface SourceIo<T> {
  readonly counts: StageCounts;
  readonly outlet: Outlet<T>;
}

/** Resolves when the source has ended, and rejects with what it throws. */
export async function readSource<T>(run: PipelineRun, source: Source<T>, io: SourceIo<T>): Promise<void> {
  await readSequence(run, typeof source === "function" ? source(run.context) : source, io);
  io.outlet.complete();
}

function readSequence<T>(run: PipelineRun, sequence: Sequence<T>, io: SourceIo<T>): Promise<void> {
  if (isReader(sequence)) return readChannel(run, sequence, io);
  if (isAsync(sequence)) return readAsync(run, sequence[Symbol.asyncIterator](), io);
  return readSync(run, sequence, io);
}

/** Leaving the loop closes the iterator: when the run ends, no more is taken from here. */
async function readSync<T>(run: PipelineRun, iterable: Iterable<T>, io: SourceIo<T>): Promise<void> {
  const { counts, outlet } = io;
  for (const item of iterable) {
    counts.received++;
    const putting = outlet.put(item);
    if (putting !== undefined) await putting;
    counts.done++;
    if (putting !== undefined && run.over) break;
  }
}

async function readChannel<T>(run: PipelineRun, reader: ChannelReader<T>, io: SourceIo<T>): Promise<void> {
  const { counts, outlet } = io;
  while (await reader.waitToRead(run.context)) {
    while (!run.over) {
      const item = reader.tryRead();
      if (item === undefined) break;
      counts.received++;
      const putting = outlet.put(item);
      if (putting !== undefined) await putting;
      counts.done++;
    }
  }
}

/**
 * Unlike `for await`, it closes the iterator as soon as the run ends, while a step may be pending: there are iterators
 * that only this wakes. Then it waits for both.
 */
async function readAsync<T>(run: PipelineRun, iterator: AsyncIterator<T>, io: SourceIo<T>): Promise<void> {
  const { counts, outlet } = io;
  const steps = new ClosableSteps(iterator);
  run.whenOver(() => steps.close());
  try {
    while (!run.over) {
      const { done, value } = await steps.next();
      if (done || run.over) break;
      counts.received++;
      const putting = outlet.put(value);
      if (putting !== undefined) await putting;
      counts.done++;
    }
  } catch (error) {
    run.fail(counts.name, error);
  }
  await steps.closed;
}

class ClosableSteps<T> {
  readonly #iterator: AsyncIterator<T>;
  #ended = false;
  closed: Promise<unknown> | undefined = undefined;

  constructor(iterator: AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  async next(): Promise<IteratorResult<T>> {
    try {
      const step = await this.#iterator.next();
      this.#ended = step.done === true;
      return step;
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  /** Tells an iterator that has not ended that no more will be asked of it. */
  close(): void {
    if (!this.#ended) this.closed ??= this.#return();
  }

  async #return(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // What ended the run is told, not what came of it.
    }
  }
}

function isReader<T>(sequence: Sequence<T>): sequence is ChannelReader<T> {
  return "tryRead" in Object(sequence);
}

function isAsync<T>(sequence: Sequence<T>): sequence is AsyncIterable<T> {
  return Symbol.asyncIterator in Object(sequence);
}
