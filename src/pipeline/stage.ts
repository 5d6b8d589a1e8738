/**
 * A stage of a run: a channel, a handler, and as many workers as items may be handled at a time.
 */
import type { PipelineRun } from "./pipeline-run.ts";
import { Sequencer } from "./sequencer.ts";
import type { StageIo, StageWork } from "./stage-work.ts";
import { Worker } from "./worker.ts";

/** Makes a stage part of a run. */
export function addStage<T, M, R>(run: PipelineRun, work: StageWork<T, M, R>, io: StageIo<T, R>): void {
  const { counts, inlet, outlet } = io;
  const sequencer = work.ordered && work.concurrency > 1 ? new Sequencer() : undefined;
  const workers = Array.from({ length: work.concurrency }, () => new Worker(run, work, { io, sequencer }));
  let atWork = workers.length;
  for (const worker of workers) {
    run.add(counts.name, async () => {
      await worker.work();
      if (--atWork === 0) outlet.complete();
    });
  }
  const takeAll = () => {
    // Others must have their turn first, if it is time.
    if (run.giveWay() === undefined) for (const worker of workers) worker.takeAll();
  };
  inlet.onFull = takeAll;
  run.whenOver(() => sequencer?.release());
}
