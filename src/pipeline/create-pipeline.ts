/**
 * Describes pipelines. Each description knows how to connect itself, and all before it, to an outlet within a run: from
 * the end to the source, so that each stage makes the channel before it and hands that on as the outlet of the last.
 */
import { type Clock, systemClock } from "../async/clock.ts";
import { Batches } from "./batches.ts";
import { Branch } from "./branch.ts";
import { FanOutlet } from "./fan-outlet.ts";
import { ChannelOutlet, nowhere, type Outlet, putAll } from "./outlet.ts";
import type {
  BatchOptions,
  FanOutHandlers,
  Handler,
  Item,
  OrderedStageOptions,
  Pipeline,
  PipelineStats,
  RunOptions,
  Source,
  StageOptions,
} from "./pipeline.ts";
import { PipelineRun } from "./pipeline-run.ts";
import { readSource } from "./source.ts";
import { addStage } from "./stage.ts";
import { capacityOf, type StageSettings, stageSettings, wholeNumber } from "./stage-settings.ts";
import type { StageIo, StageWork } from "./stage-work.ts";

export interface PipelineOptions {
  /** What the source is called in counts and errors. Default `"source"`. */
  readonly name?: string | undefined;
  /** Times batches and reports. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Describes what is done with the items of a source; `forEach` or `fanOut` does it.
 *
 * @example
 * await pipeline(rows)
 *   .map(validate)
 *   .map(enrich, { concurrency: 8 })
 *   .batch({ size: 100, within: 500 })
 *   .forEach(persist, { signal });
 */
export function pipeline<T extends Item>(source: Source<T>, options: PipelineOptions = {}): Pipeline<T> {
  const { name = "source", clock = systemClock } = options;
  return new Chain<T>(clock, (run, outlet) => {
    const counts = run.createCounts(name, { outlet });
    run.add(counts.name, () => readSource(run, source, { counts, outlet }));
  });
}

class Chain<T extends Item> implements Pipeline<T> {
  readonly #clock: Clock;
  readonly #connect: (run: PipelineRun, outlet: Outlet<T>) => void;

  constructor(clock: Clock, connect: (run: PipelineRun, outlet: Outlet<T>) => void) {
    this.#clock = clock;
    this.#connect = connect;
  }

  map<R extends Item>(handle: Handler<T, R>, options: OrderedStageOptions = {}): Pipeline<R> {
    return this.#stage<R, R>("map", { handle, emit: (made, outlet) => outlet.put(made) }, options);
  }

  flatMap<R extends Item>(handle: Handler<T, Iterable<R>>, options: OrderedStageOptions = {}): Pipeline<R> {
    return this.#stage<Iterable<R>, R>("flatMap", { handle, emit: putAll }, options);
  }

  filter<S extends T>(accept: Handler<T, boolean>, options: OrderedStageOptions = {}): Pipeline<S> {
    const emit = (accepted: boolean, outlet: Outlet<S>, item: T) =>
      accepted ? outlet.put(item as S) : undefined;
    return this.#stage<boolean, S>("filter", { handle: accept, emit }, options);
  }

  batch({ size, within, name = "batch", capacity: asked }: BatchOptions): Pipeline<T[]> {
    wholeNumber(name, { size }, 1);
    if (within !== undefined && !(within >= 0)) {
      throw new RangeError(`Cannot add a stage: within must be 0 or more: ${name}: ${String(within)}`);
    }
    const capacity = capacityOf(name, asked);
    return new Chain<T[]>(this.#clock, (run, outlet) => {
      new Batches(run, { size, within }, this.#lead(run, { name, capacity }, outlet)).join();
    });
  }

  async forEach(
    handle: Handler<T, unknown>,
    options: StageOptions & RunOptions = {},
  ): Promise<PipelineStats> {
    const settings = stageSettings("forEach", handle, options);
    const run = new PipelineRun(this.#clock);
    const io = this.#lead(run, settings, nowhere);
    addStage(run, { handle, emit: () => undefined, ordered: false, ...settings }, io);
    return run.carryOut(options);
  }

  async fanOut(handlers: FanOutHandlers<T>, options: RunOptions = {}): Promise<PipelineStats> {
    const run = new PipelineRun(this.#clock);
    const branches = Object.entries(handlers).map(([name, handler]) => new Branch(run, name, handler));
    const giveWay = () => run.giveWay();
    this.#connect(
      run,
      new FanOutlet(
        branches.map(({ inlet }) => inlet),
        { giveWay },
      ),
    );
    for (const branch of branches) branch.join(run);
    return run.carryOut(options);
  }

  #stage<M, R extends Item>(
    kind: string,
    work: Pick<StageWork<T, M, R>, "handle" | "emit">,
    options: OrderedStageOptions,
  ): Chain<R> {
    const settings = stageSettings(kind, work.handle, options);
    const ordered = options.unordered !== true;
    return new Chain<R>(this.#clock, (run, outlet) => {
      addStage(run, { ...work, ...settings, ordered }, this.#lead(run, settings, outlet));
    });
  }

  /** Makes the channel before a stage, and lets what is described here lead into it. */
  #lead<R>(
    run: PipelineRun,
    { name, capacity }: Pick<StageSettings, "name" | "capacity">,
    outlet: Outlet<R>,
  ): StageIo<T, R> {
    const { reader, writer } = run.createChannel<T>({ capacity });
    const inlet = new ChannelOutlet(writer);
    this.#connect(run, inlet);
    const counts = run.createCounts(name, { outlet, input: { reader, capacity } });
    return { counts, reader, inlet, outlet };
  }
}
