import type { Clock } from "../../async/clock.ts";

/** Whether the consumer goes on: for how long it has worked without a pause, and its commit has been under way. */
export class Pulse {
  readonly #clock: Clock;
  #busySinceMs: number | undefined;
  #sentAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In milliseconds: never long, unless something is wrong. 0 while it waits for something to do. */
  get busyMs(): number {
    return this.#since(this.#busySinceMs);
  }

  /** In milliseconds; 0 where no commit is under way. */
  get commitMs(): number {
    return this.#since(this.#sentAtMs);
  }

  /** It works, as after a pause. */
  works(): void {
    this.#busySinceMs = this.#clock.monotonic();
  }

  rests(): void {
    this.#busySinceMs = undefined;
  }

  sent(): void {
    this.#sentAtMs = this.#clock.monotonic();
  }

  landed(): void {
    this.#sentAtMs = undefined;
  }

  #since(atMs: number | undefined): number {
    return atMs === undefined ? 0 : this.#clock.monotonic() - atMs;
  }
}
