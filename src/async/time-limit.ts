import type { Clock, Timer } from "./clock.ts";

/** A time limit that can be brought forward, never put off. It is infinite at first. */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #passed = new AbortController();
  #endMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** Fires when the time is up. */
  get signal(): AbortSignal {
    return this.#passed.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endMs - this.#clock.monotonic());
  }

  /** Lets it end after `ms` milliseconds, unless it ends before that anyway. */
  bringForward(ms: number): void {
    const endMs = this.#clock.monotonic() + ms;
    if (endMs >= this.#endMs) return;
    this.#endMs = endMs;
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(ms, () => this.#passed.abort());
  }

  /** It never fires any more. */
  [Symbol.dispose](): void {
    this.#endMs = Number.NEGATIVE_INFINITY;
    this.#timer?.cancel();
  }
}
