/**
 * What a pipeline's author works with: a source, stages joined by bounded channels, and an end that runs them.
 * A pipeline is a description. Each `forEach` or `fanOut` runs it once, with channels, counts and a signal of its own,
 * and settles when nothing of that run is under way any more. `create-pipeline.ts` stands behind these types.
 */
import type { ChannelReader, FullMode } from "../channel/index.ts";

/** What goes through a pipeline: anything but `undefined`, which is no item of a channel. */
export type Item = NonNullable<unknown> | null;

/**
 * Where items come from. A function is called once a run, with the run's signal: what waits for something else should
 * heed it, as the run ends only when its source has. Iterators that are not read to their end are closed with
 * `return()`. A channel is read, never completed.
 */
export type Source<T> = Sequence<T> | ((context: StageContext) => Sequence<T>);

export type Sequence<T> = Iterable<T> | AsyncIterable<T> | ChannelReader<T>;

/** What a handler is given beside the item. */
export interface StageContext {
  /** Fires when the run ends early: another handler failed, or the caller's signal fired. */
  readonly signal: AbortSignal;
}

export interface Pipeline<T extends Item> {
  /**
   * Passes on what `handle` makes of each item. A promise is awaited; where it returns none, none is made.
   *
   * Order is kept, also with `concurrency`: what is done early waits for those before it, and counts as in flight.
   */
  map<R extends Item>(handle: Handler<T, R>, options?: OrderedStageOptions): Pipeline<R>;

  /** Passes on each of the items that `handle` makes of one: none, one or many. */
  flatMap<R extends Item>(handle: Handler<T, Iterable<R>>, options?: OrderedStageOptions): Pipeline<R>;

  /** Passes on the items for which `accept` is true. */
  filter<S extends T>(
    accept: (item: T, context: StageContext) => item is S,
    options?: OrderedStageOptions,
  ): Pipeline<S>;
  filter(accept: Handler<T, boolean>, options?: OrderedStageOptions): Pipeline<T>;

  /** Collects items, and passes them on as arrays. None is empty, and the last may be smaller. */
  batch(options: BatchOptions): Pipeline<T[]>;

  /**
   * Runs the pipeline, with `handle` at its end. Resolves with the counts once every item is handled.
   *
   * The first thing that is thrown, by a handler, the source or `onProgress`, ends the run: it rejects with a
   * `PipelineError` that names the stage. Handlers that are at work see their signal fire and are waited for; what they
   * throw then is not reported, and what waits in the channels is dropped.
   * Cancellation: rejects with the signal's reason, in the same way: once the source and every handler have ended.
   */
  forEach(handle: Handler<T, unknown>, options?: StageOptions & RunOptions): Promise<PipelineStats>;

  /**
   * Runs the pipeline, and gives every item to every handler. Each has a channel of its own: a slow one holds the others
   * up only where its full mode is `"wait"` and its channel is full. Settles as `forEach` does.
   */
  fanOut(handlers: FanOutHandlers<T>, options?: RunOptions): Promise<PipelineStats>;
}

/** It may return a promise. */
export type Handler<T, R> = (item: T, context: StageContext) => R | PromiseLike<R>;

export interface StageOptions {
  /** What the stage is called in counts and errors. Default: its function's name, or else what it does. */
  readonly name?: string | undefined;
  /** How many items it handles at a time, at least 1. Default 1. */
  readonly concurrency?: number | undefined;
  /** How many items can wait before it; 0 hands each over. Default 16. */
  readonly capacity?: number | undefined;
}

export interface OrderedStageOptions extends StageOptions {
  /** Passes items on as they are done, whatever their order. Default false. */
  readonly unordered?: boolean | undefined;
}

export interface BatchOptions {
  /** How many items make a batch, at least 1. */
  readonly size: number;
  /** A batch goes on so many milliseconds after its first item, full or not. Default: it waits until it is full. */
  readonly within?: number | undefined;
  /** Default `"batch"`. */
  readonly name?: string | undefined;
  /** How many items can wait before it. Default 16. */
  readonly capacity?: number | undefined;
}

/** The handlers of a fan-out by name. A function alone takes the defaults. */
export type FanOutHandlers<T> = Readonly<Record<string, Handler<T, unknown> | FanOutHandler<T>>>;

export interface FanOutHandler<T> {
  readonly handle: Handler<T, unknown>;
  /** How many items can wait for it; at least 1, unless its full mode is `"wait"`. Default 16. */
  readonly capacity?: number | undefined;
  /** What happens to an item that finds its channel full. What is dropped is counted. Default `"wait"`. */
  readonly fullMode?: FullMode | undefined;
  /** How many items it handles at a time, at least 1. Default 1. */
  readonly concurrency?: number | undefined;
}

export interface RunOptions {
  /** Ends the run early. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Is told the counts while the run goes on, and once at its end, however it ends. */
  readonly onProgress?: ((stats: PipelineStats) => void) | undefined;
  /** Milliseconds between two calls of `onProgress`. Default 250. */
  readonly progressIntervalMs?: number | undefined;
}

/** The counts of a run at one moment. */
export interface PipelineStats {
  /** The source first, then the stages in their order; of a fan-out, one for each handler. */
  readonly stages: readonly StageStats[];
}

/** Of every item a stage has received, some are done; the rest are with its handler, or wait to be passed on. */
export interface StageStats {
  readonly name: string;
  /** Items it has taken. */
  readonly received: number;
  /** Those of them it is done with. */
  readonly done: number;
  /** Items it has passed on to the next stage. 0 at the end of the pipeline. */
  readonly emitted: number;
  /** Items that wait before it now. 0 of the source. */
  readonly depth: number;
  /** How many can wait before it. 0 of the source. */
  readonly capacity: number;
  /** Items that its full mode threw away. */
  readonly dropped: number;
}
