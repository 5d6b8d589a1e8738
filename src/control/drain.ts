import type { Clock } from "../async/clock.ts";
import { TimeLimit } from "../async/time-limit.ts";
import type { Engine } from "../engine/engine.ts";
import type { DrainedCommands } from "./admin-control.ts";
import type { Consumer } from "./consumer/consumer.ts";
import type { Controller } from "./controller.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";
import type { StatusHub } from "./watch/status-hub.ts";

export interface DrainOptions {
  readonly controller: Controller;
  readonly consumer: Consumer;
  readonly supervisor: Supervisor;
  readonly hub: StatusHub;
  readonly engine: Pick<Engine, "stats">;
  /** Disposed of once the runs have had their time: that ends those by force which still go on. */
  readonly runner: AsyncDisposable;
  readonly clock: Clock;
}

/**
 * How the core comes to rest, in order: new commands are refused and those that wait applied, then the runs end, and at last every
 * watch tells the rest and closes. Each of these has its part of the time, so that none is left without because another takes
 * too long. The core calls it; there is one for the life of a core.
 */
export class Drain implements Disposable {
  readonly #options: DrainOptions;
  readonly #limit: TimeLimit;
  readonly #commands = Promise.withResolvers<DrainedCommands>();
  #ended: Promise<void> | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#limit = new TimeLimit(options);
  }

  /** What became of the commands that waited when it began: resolves when every one has its fate. Runs may still be ending. */
  get commands(): Promise<DrainedCommands> {
    return this.#commands.promise;
  }

  /** Begins, unless it has begun, and then may only bring its end forward. Resolves when all is at rest. */
  within(timeoutMs: number): Promise<void> {
    this.#limit.bringForward(timeoutMs);
    this.#ended ??= this.#drain();
    return this.#ended;
  }

  /** Its time is never up any more: whoever disposes of the core ends what it waits for. */
  [Symbol.dispose](): void {
    this.#limit[Symbol.dispose]();
  }

  async #drain(): Promise<void> {
    const { controller, consumer, supervisor, hub, runner } = this.#options;
    const { signal } = this.#limit;
    this.#commands.resolve(this.#drainCommands());
    await this.#commands.promise;
    supervisor.drain(this.#limit.remainingMs);
    const isAtRest = () => supervisor.activeRuns === 0;
    await unless(signal, consumer.until(isAtRest, { signal }));
    this.#limit[Symbol.dispose]();
    await runner[Symbol.asyncDispose]();
    await this.#briefly((limit) => consumer.until(isAtRest, limit));
    await this.#briefly((limit) => hub.reached(supervisor.revision, limit));
    controller.closeWatches();
  }

  /** Gives every command that waits its fate. */
  async #drainCommands(): Promise<DrainedCommands> {
    const { controller, consumer, engine } = this.#options;
    const limit = this.#limitOfCommands();
    const isEmpty = (waiting: number) => waiting === 0;
    const before = engine.stats().outcomes;
    controller.drain();
    const signal = AbortSignal.any([limit.signal, this.#limit.signal]);
    await unless(signal, consumer.until(isEmpty, { signal }));
    limit[Symbol.dispose]();
    consumer.refuseCommands();
    const hasRefusedAll = (waiting: number, setAside: number) => waiting + setAside === 0;
    await this.#briefly((limit) => consumer.until(hasRefusedAll, limit));
    const after = engine.stats().outcomes;
    const applied = after.applied + after["no-change"] - before.applied - before["no-change"];
    return { applied, refused: after.drained - before.drained };
  }

  /** The runs are left what they need to end, though never more than half. */
  #limitOfCommands(): TimeLimit {
    const { remainingMs } = this.#limit;
    const limit = new TimeLimit(this.#options);
    limit.bringForward(remainingMs - Math.min(this.#options.supervisor.longestGraceMs, remainingMs / 2));
    return limit;
  }

  /** Waits for what may never come. */
  async #briefly(wait: (limit: TimeLimit) => Promise<void>): Promise<void> {
    const limit = new TimeLimit(this.#options);
    limit.bringForward(lastWordsMs);
    try {
      await unless(limit.signal, wait(limit));
    } finally {
      limit[Symbol.dispose]();
    }
  }
}

/** Waits for what the signal may cut short. */
async function unless(signal: AbortSignal, promise: Promise<void>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** How long the last fates and ends of runs may take to be written: a store that cannot write holds nobody up. */
const lastWordsMs = 1000;
