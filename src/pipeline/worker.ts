/**
 * One of those who work at a stage: it takes items from the stage's channel, hands each to the handler, and passes on
 * what that made. It has one item at a time.
 * It works where it is called. Who finds the channel full calls it to make room, so that stages whose handlers return no
 * promise hand whole buffers on without waiting for anything. Only what has to wait goes through `#finish`.
 */
import { isPromiseLike } from "../async/is-promise-like.ts";
import type { ChannelReader } from "../channel/index.ts";
import type { Outlet } from "./outlet.ts";
import type { StageContext } from "./pipeline.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import type { Sequencer } from "./sequencer.ts";
import type { StageCounts } from "./stage-counts.ts";
import type { StageIo, StageWork } from "./stage-work.ts";

export class Worker<T, M, R> {
  readonly #run: PipelineRun;
  readonly #handle: StageWork<T, M, R>["handle"];
  readonly #emit: StageWork<T, M, R>["emit"];
  readonly #counts: StageCounts;
  readonly #reader: ChannelReader<T>;
  readonly #outlet: Outlet<R>;
  readonly #context: StageContext;
  readonly #sequencer: Sequencer | undefined;
  /** What it waits for with the item that it has. It never rejects. */
  #finishing: Promise<void> | undefined = undefined;

  constructor(run: PipelineRun, work: StageWork<T, M, R>, options: WorkerOptions<T, R>) {
    this.#run = run;
    this.#handle = work.handle;
    this.#emit = work.emit;
    this.#counts = options.io.counts;
    this.#reader = options.io.reader;
    this.#outlet = options.io.outlet;
    this.#context = run.context;
    this.#sequencer = options.sequencer;
  }

  /** Works until there will be no more items, or the run is over, and its last item is done. */
  async work(): Promise<void> {
    try {
      await this.#takeUntilEnd();
    } finally {
      // It may have begun one while it was called to make room.
      await this.#finishing;
    }
  }

  /** Takes what is there, unless it is at work already. It never throws. */
  takeAll(): void {
    const reader = this.#reader;
    try {
      while (this.#finishing === undefined && !this.#run.over) {
        const item = reader.tryRead();
        if (item === undefined) return;
        this.#take(item);
      }
    } catch (error) {
      this.#run.fail(this.#counts.name, error);
    }
  }

  async #takeUntilEnd(): Promise<void> {
    while (await this.#reader.waitToRead()) {
      const turn = this.#run.giveWay();
      if (turn !== undefined) await turn;
      if (this.#run.over) return;
      this.takeAll();
      if (this.#finishing !== undefined) await this.#finishing;
    }
  }

  #take(item: T): void {
    this.#counts.received++;
    const ticket = this.#sequencer?.take();
    // Taken out first: it is called without a `this`.
    const handle = this.#handle;
    const made = handle(item, this.#context);
    const turn = ticket === undefined ? undefined : this.#sequencer?.wait(ticket);
    if (turn !== undefined || isPromiseLike(made)) {
      this.#finishing = this.#finish(item, made, turn);
      return;
    }
    const emitting = this.#emit(made, this.#outlet, item);
    if (emitting === undefined) this.#done();
    else this.#finishing = this.#finishEmitting(emitting);
  }

  async #finish(item: T, making: M | PromiseLike<M>, turn: Promise<void> | undefined): Promise<void> {
    try {
      const made = await making;
      if (turn !== undefined) await turn;
      const emitting = this.#emit(made, this.#outlet, item);
      if (emitting !== undefined) await emitting;
      this.#done();
    } catch (error) {
      this.#run.fail(this.#counts.name, error);
    } finally {
      this.#finishing = undefined;
    }
  }

  async #finishEmitting(emitting: Promise<void>): Promise<void> {
    try {
      await emitting;
      this.#done();
    } catch (error) {
      this.#run.fail(this.#counts.name, error);
    } finally {
      this.#finishing = undefined;
    }
  }

  #done(): void {
    this.#counts.done++;
    this.#sequencer?.pass();
  }
}

export interface WorkerOptions<T, R> {
  readonly io: StageIo<T, R>;
  /** The order to keep among the workers of the stage, if there is one. */
  readonly sequencer: Sequencer | undefined;
}
