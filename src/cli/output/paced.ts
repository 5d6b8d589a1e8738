import { type Clock, systemClock, type Timer } from "../../async/clock.ts";

/** Calls `draw` when it was asked to, at once after a pause, and never more often than every `intervalMs` milliseconds. */
export class Paced {
  readonly #intervalMs: number;
  readonly #draw: () => void;
  readonly #clock: Clock;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(intervalMs: number, draw: () => void, clock: Clock = systemClock) {
    this.#intervalMs = intervalMs;
    this.#draw = draw;
    this.#clock = clock;
  }

  /** There is something to draw. */
  ask(): void {
    const waitMs = this.#lastMs + this.#intervalMs - this.#clock.monotonic();
    if (waitMs <= 0) this.now();
    else this.#timer ??= this.#clock.setTimer(waitMs, () => this.now());
  }

  /** Draws without a wait, and what was asked for with it. */
  now(): void {
    this.stop();
    this.#lastMs = this.#clock.monotonic();
    this.#draw();
  }

  /** Draws no more of what was asked for. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
