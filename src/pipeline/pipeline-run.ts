/**
 * One run of a pipeline: what its stages share. It knows their channels and counts, ends them all at the first error or
 * abort, and settles when the last of them is done. Stages are added first, the source before all, and start together.
 */
import { onAbort } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { nextTurn } from "../async/next-turn.ts";
import { type BoundedOptions, type Channel, type ChannelWriter, createBounded } from "../channel/index.ts";
import type { PipelineStats, RunOptions, StageContext } from "./pipeline.ts";
import { PipelineError } from "./pipeline-error.ts";
import { ProgressReports } from "./progress-reports.ts";
import { StageCounts, type StageEnds } from "./stage-counts.ts";

/** After so long at a stretch the run lets everything else have its turn. */
const stretchMs = 10;

export class PipelineRun {
  readonly clock: Clock;
  readonly context: StageContext;
  readonly #abort = new AbortController();
  readonly #counts: StageCounts[] = [];
  readonly #writers: ChannelWriter<never>[] = [];
  readonly #tasks: (() => Promise<void>)[] = [];
  readonly #whenOver: (() => void)[] = [];
  #end: { readonly error: unknown } | undefined = undefined;
  /** The end of the turn of the event loop in which the run is at work, and the time since which it is. */
  #turn: Promise<void> | undefined = undefined;
  #stretchFromMs = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.context = { signal: this.#abort.signal };
  }

  /** True once the run has failed or was aborted: nothing is to be begun any more. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  get stats(): PipelineStats {
    return { stages: this.#counts.map((counts) => counts.snapshot()) };
  }

  /** A channel that is closed with the run. */
  createChannel<T>(options: BoundedOptions<T>): Channel<T> {
    const channel = createBounded<T>(options);
    this.#writers.push(channel.writer as ChannelWriter<never>);
    return channel;
  }

  /** The counts of the next stage. A name that is taken gets a number. */
  createCounts(name: string, ends: StageEnds): StageCounts {
    const isTaken = (name: string) => this.#counts.some((counts) => counts.name === name);
    let unique = name;
    for (let number = 2; isTaken(unique); number++) unique = `${name} ${number}`;
    const counts = new StageCounts(unique, ends);
    this.#counts.push(counts);
    return counts;
  }

  /** Something that the run consists of. What it throws ends the run, in the name of `stage`. */
  add(stage: string, task: () => Promise<void>): void {
    this.#tasks.push(() => task().catch((error: unknown) => this.fail(stage, error)));
  }

  /** Calls `callback` when the run ends early, at once if it already has. */
  whenOver(callback: () => void): void {
    if (this.over) callback();
    else this.#whenOver.push(callback);
  }

  /** Ends the run, if it has not ended already. */
  fail(stage: string, cause: unknown): void {
    if (!this.over) this.#endWith(new PipelineError(stage, { stats: this.stats, cause }));
  }

  /** A promise to wait for, where the run has been at work for long and nobody else had a turn of the event loop. */
  giveWay(): Promise<void> | undefined {
    if (this.#turn === undefined) {
      this.#turn = this.#nextTurn();
      this.#stretchFromMs = this.clock.monotonic();
      return undefined;
    }
    return this.clock.monotonic() - this.#stretchFromMs < stretchMs ? undefined : this.#turn;
  }

  async carryOut({ signal, onProgress, progressIntervalMs = 250 }: RunOptions): Promise<PipelineStats> {
    if (!(progressIntervalMs > 0)) {
      throw new RangeError(
        `Cannot run: progressIntervalMs must be more than 0: ${String(progressIntervalMs)}`,
      );
    }
    signal?.throwIfAborted();
    const off = onAbort(signal, () => this.#endWith(signal?.reason));
    const tell = () => this.#tell(onProgress);
    const reports =
      onProgress && new ProgressReports(tell, { clock: this.clock, intervalMs: progressIntervalMs });
    await Promise.all(this.#tasks.map((task) => task()));
    off();
    reports?.end();
    if (this.#end !== undefined) throw this.#end.error;
    return this.stats;
  }

  #tell(onProgress: RunOptions["onProgress"]): void {
    try {
      onProgress?.(this.stats);
    } catch (error) {
      this.fail("onProgress", error);
    }
  }

  #endWith(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const writer of this.#writers) writer.tryComplete(error);
    for (const callback of this.#whenOver) callback();
    this.#abort.abort(error);
  }

  async #nextTurn(): Promise<void> {
    await nextTurn();
    this.#turn = undefined;
  }
}
