/**
 * Time, as everything above sees it. Nothing else in `src` reads a clock or sets a timer, so that tests can
 * put a `FakeClock` (`jobcontrol/testing`) in its place and no test ever waits for real time.
 */
export interface Clock {
  /** The wall clock: milliseconds since 1970-01-01T00:00:00Z. It may jump; use it for what people read. */
  now(): number;
  /** Milliseconds, with fractions, since an arbitrary moment. It never goes back; use it to measure. */
  monotonic(): number;
  /**
   * Calls `callback` once, after `delayMs` milliseconds (at once where it is 0 or less). Any length is kept,
   * also beyond Node's own limit of 24.8 days.
   */
  setTimer(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  /** Makes sure that the callback is not called any more. Harmless when it already was. */
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (delayMs, callback) => new SystemTimer(delayMs, callback),
};

const longestTimeoutMs = 2 ** 31 - 1;

class SystemTimer implements Timer {
  readonly #callback: () => void;
  #remainingMs: number;
  #timeout: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#callback = callback;
    this.#remainingMs = Math.max(0, delayMs);
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const stepMs = Math.min(this.#remainingMs, longestTimeoutMs);
    this.#remainingMs -= stepMs;
    return setTimeout(() => this.#step(), stepMs);
  }

  #step(): void {
    if (this.#remainingMs > 0) this.#timeout = this.#arm();
    else this.#callback();
  }
}
