/**
 * A stage of a run: a channel, a handler, and as many workers as items may be handled at a time.
 */
import type { ChannelReader } from "../channel/index.ts";
import type { Outlet, StageInlet } from "./outlet.ts";
import type { Handler } from "./pipeline.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import type { StageCounts } from "./stage-counts.ts";
import { Turns } from "./turns.ts";
import { Worker } from "./worker.ts";

/** What a stage does with an item, and with what its handler made of it. */
export interface StageWork<T, M, R> {
  readonly handle: Handler<T, M>;
  readonly concurrency: number;
  /** Items leave in the order in which they came. */
  readonly ordered: boolean;
  /** Puts what there is to pass on, and gives a promise where it has to wait for room. */
  readonly emit: (made: M, outlet: Outlet<R>, item: T) => Promise<void> | undefined;
}

/** Where a stage's items come from and go to. */
export interface StageIo<T, R> {
  readonly counts: StageCounts;
  readonly reader: ChannelReader<T>;
  /** Where the stage before puts them. */
  readonly inlet: StageInlet<T>;
  readonly outlet: Outlet<R>;
}

/** Makes a stage part of a run. */
export function addStage<T, M, R>(run: PipelineRun, work: StageWork<T, M, R>, io: StageIo<T, R>): void {
  const { counts, inlet, outlet } = io;
  const turns = work.ordered && work.concurrency > 1 ? new Turns() : undefined;
  const workers = Array.from({ length: work.concurrency }, () => new Worker(run, work, { io, turns }));
  let atWork = workers.length;
  for (const worker of workers) {
    run.add(counts.name, async () => {
      await worker.work();
      if (--atWork === 0) outlet.complete();
    });
  }
  inlet.onFull = () => {
    for (const worker of workers) worker.makeRoom();
  };
  run.whenOver(() => turns?.release());
}
