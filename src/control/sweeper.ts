import type { Clock, Timer } from "../async/clock.ts";
import type { InTurnsOptions } from "../async/in-turns.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";

export interface SweeperOptions extends Pick<InTurnsOptions, "turn"> {
  readonly supervisor: Pick<Supervisor, "postExpired" | "postFreeSlots">;
  readonly clock: Clock;
  /** Fires when there is to be no sweep any more; the one that is going on leaves off. */
  readonly signal: AbortSignal;
  /** Told what a sweep failed with. */
  readonly onFailed: (error: unknown) => void;
}

/** Looks now and then for jobs that are kept no longer, or whose turn has come unnoticed: nothing happens to these that would tell. */
export class Sweeper implements AsyncDisposable {
  readonly #options: SweeperOptions;
  #sweeping: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Sweeps at once, and then every ten seconds. */
  start(): void {
    const { supervisor, clock, turn, signal, onFailed } = this.#options;
    if (signal.aborted) return;
    this.#sweeping = supervisor.postExpired({ turn, signal }).catch((error) => {
      if (!signal.aborted) onFailed(error);
    });
    supervisor.postFreeSlots();
    this.#timer = clock.setTimer(sweepMs, () => this.start());
  }

  /** Resolves when the sweep that is going on is over; it leaves off early once the signal has fired. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    await this.#sweeping;
  }
}

const sweepMs = 10_000;
