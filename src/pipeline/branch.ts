/**
 * One handler of a fan-out, with the channel that only it reads. It is opened before what leads to it is connected, and
 * joins the run after that, so that counts stand in the order in which items pass.
 */
import type { ChannelReader } from "../channel/index.ts";
import { DroppingOutlet } from "./fan-outlet.ts";
import { ChannelOutlet, nowhere, type StageInlet } from "./outlet.ts";
import type { FanOutHandler, Handler } from "./pipeline.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { addStage } from "./stage.ts";
import { type StageSettings, stageSettings, wholeNumber } from "./stage-settings.ts";

export class Branch<T> {
  readonly #handle: Handler<T, unknown>;
  readonly #settings: StageSettings;
  readonly #reader: ChannelReader<T>;
  readonly #drops = { count: 0 };
  readonly inlet: StageInlet<T>;

  constructor(run: PipelineRun, name: string, handler: Handler<T, unknown> | FanOutHandler<T>) {
    const {
      handle,
      fullMode = "wait",
      ...options
    } = typeof handler === "object" ? handler : { handle: handler };
    this.#handle = handle;
    this.#settings = stageSettings(name, handle, { ...options, name });
    const onDropped = () => void this.#drops.count++;
    const { capacity } = this.#settings;
    const channel = run.createChannel<T>({ capacity, fullMode, onDropped });
    this.#reader = channel.reader;
    if (fullMode === "wait") {
      this.inlet = new ChannelOutlet(channel.writer);
    } else {
      wholeNumber(name, { capacity }, 1);
      this.inlet = new DroppingOutlet(channel, { capacity, giveWay: () => run.giveWay() });
    }
  }

  /** Becomes part of the run. */
  join(run: PipelineRun): void {
    const { name, concurrency, capacity } = this.#settings;
    const reader = this.#reader;
    const input = { reader, capacity, drops: this.#drops };
    const counts = run.createCounts(name, { outlet: nowhere, input });
    const work = { handle: this.#handle, concurrency, ordered: false, emit: () => undefined };
    addStage(run, work, { counts, reader, inlet: this.inlet, outlet: nowhere });
  }
}
