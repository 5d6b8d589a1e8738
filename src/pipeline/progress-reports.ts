import type { Clock, Timer } from "../async/clock.ts";

/** Tells how far something is: again and again, and a last time when it ends. It must not throw. */
export class ProgressReports {
  readonly #tell: () => void;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #timer: Timer;

  constructor(
    tell: () => void,
    { clock, intervalMs }: { readonly clock: Clock; readonly intervalMs: number },
  ) {
    this.#tell = tell;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#timer = this.#wait();
  }

  end(): void {
    this.#timer.cancel();
    this.#tell();
  }

  #wait(): Timer {
    return this.#clock.setTimer(this.#intervalMs, () => {
      this.#timer = this.#wait();
      this.#tell();
    });
  }
}
