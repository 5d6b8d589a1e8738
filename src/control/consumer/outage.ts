import type { Clock } from "../../async/clock.ts";

/** The time during which the store cannot write. What has happened to jobs is held back meanwhile, and tried again now and then. */
export class Outage {
  readonly #clock: Clock;
  /** On the monotonic clock. Unset while there is no outage. */
  #retryAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOn(): boolean {
    return this.#retryAtMs !== undefined;
  }

  /** True: what has happened is held back for now. */
  get holdsBack(): boolean {
    return this.retryInMs > 0;
  }

  /** Milliseconds until what is held back may be tried again; 0 where that may be now. */
  get retryInMs(): number {
    return this.#retryAtMs === undefined ? 0 : Math.max(0, this.#retryAtMs - this.#clock.monotonic());
  }

  /** A commit has failed. A failure before the next try does not put that off. */
  failed(): void {
    if (this.retryInMs === 0) this.#retryAtMs = this.#clock.monotonic() + retryMs;
  }

  /** The store has written something, or nothing is left to be tried. */
  end(): void {
    this.#retryAtMs = undefined;
  }
}

const retryMs = 500;
