import type { Clock } from "../../../async/clock.ts";

/**
 * The time that rows are kept by, in milliseconds: that of the wall clock when the store was opened, or of the newest row
 * where that is later, and from then on monotonic. So a wall clock that is set neither shortens nor lengthens what is promised.
 */
export class StoreTime {
  readonly #clock: Clock;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `newestMs`: what it was when the newest row was written. */
  begin(newestMs: number): void {
    this.#aheadMs = Math.max(this.#clock.now(), newestMs) - this.#clock.monotonic();
  }

  now(): number {
    return this.#clock.monotonic() + this.#aheadMs;
  }
}
