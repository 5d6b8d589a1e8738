import type { Clock, Timer } from "./clock.ts";

/**
 * A time limit that is set anew again and again, as of one step of a connection after the other. To set it costs next
 * to nothing: its timer is left as it is, and looks at its end how much time there really is left.
 */
export class RenewableLimit implements Disposable {
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #endMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #timerEndMs = 0;
  #isDisposed = false;

  constructor(clock: Clock, onPassed: () => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  /** Lets it end after `ms` milliseconds, and no longer when it was to end before. */
  set(ms: number): void {
    if (this.#isDisposed) return;
    this.#endMs = this.#clock.monotonic() + ms;
    if (this.#timer !== undefined && this.#timerEndMs <= this.#endMs) return;
    this.#arm(ms);
  }

  /** There is no limit until it is set again. */
  clear(): void {
    this.#endMs = Number.POSITIVE_INFINITY;
  }

  /** It never ends any more, also where it is set again. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#timer?.cancel();
    this.#timerEndMs = this.#clock.monotonic() + ms;
    this.#timer = this.#clock.setTimer(ms, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#endMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#endMs - this.#clock.monotonic();
    if (leftMs > 0) {
      this.#arm(leftMs);
    } else {
      this.clear();
      this.#onPassed();
    }
  }
}
