/**
 * A stage that collects items into arrays: it passes one on when it is full, when its time is up, and at the end.
 */
import type { Timer } from "../async/clock.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import type { StageIo } from "./stage-work.ts";

export interface BatchLimits {
  readonly size: number;
  /** Milliseconds from the first item of a batch on. */
  readonly within: number | undefined;
}

export class Batches<T> {
  readonly #run: PipelineRun;
  readonly #limits: BatchLimits;
  readonly #io: StageIo<T, T[]>;

  constructor(run: PipelineRun, limits: BatchLimits, io: StageIo<T, T[]>) {
    this.#run = run;
    this.#limits = limits;
    this.#io = io;
  }

  /** Becomes part of the run. */
  join(): void {
    this.#run.add(this.#io.counts.name, () => this.#collectAll());
  }

  async #collectAll(): Promise<void> {
    const { counts, reader, outlet } = this.#io;
    while (await reader.waitToRead()) {
      if (this.#run.over) return;
      const batch = await this.#collect();
      await outlet.put(batch);
      counts.done += batch.length;
    }
    outlet.complete();
  }

  /** Takes items until they are enough, or the time is up, or there are no more. The first is there. */
  async #collect(): Promise<T[]> {
    const { counts, reader } = this.#io;
    const { size, within } = this.#limits;
    const batch: T[] = [];
    const time = within === undefined ? undefined : this.#timeUp(within);
    try {
      while (batch.length < size) {
        const item = reader.tryRead();
        if (item !== undefined) {
          counts.received++;
          batch.push(item);
        } else {
          const more = reader.waitToRead();
          if (!(await (time === undefined ? more : Promise.race([more, time.up])))) break;
          await this.#run.giveWay();
        }
      }
    } finally {
      time?.timer.cancel();
    }
    return batch;
  }

  #timeUp(ms: number): { readonly up: Promise<false>; readonly timer: Timer } {
    const { promise, resolve } = Promise.withResolvers<false>();
    return { up: promise, timer: this.#run.clock.setTimer(ms, () => resolve(false)) };
  }
}
