import type { Clock } from "../../async/clock.ts";
import { RenewableLimit } from "../../async/renewable-limit.ts";
import type { InterceptedCall } from "./grpc-js-internals.ts";

/**
 * Calls that are waited for, and no longer than a time that is the same for all. One timer looks after all of them, so that a
 * call in time costs next to nothing.
 */
export class CallsInTime implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #onLate: (call: InterceptedCall) => void;
  readonly #limit: RenewableLimit;
  /** Since when each call is waited for; who has been for longest first. */
  readonly #waiting = new Map<InterceptedCall, number>();

  constructor({ clock, ms, onLate }: CallsInTimeOptions) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onLate = onLate;
    this.#limit = new RenewableLimit(clock, () => this.#endLate());
  }

  /** Harmless while it is waited for. */
  begin(call: InterceptedCall): void {
    if (this.#waiting.has(call)) return;
    this.#waiting.set(call, this.#clock.monotonic());
    if (this.#waiting.size === 1) this.#limit.set(this.#ms);
  }

  end(call: InterceptedCall): void {
    this.#waiting.delete(call);
  }

  [Symbol.dispose](): void {
    this.#limit[Symbol.dispose]();
    this.#waiting.clear();
  }

  #endLate(): void {
    const nowMs = this.#clock.monotonic();
    for (const [call, sinceMs] of this.#waiting) {
      const leftMs = sinceMs + this.#ms - nowMs;
      if (leftMs > 0) {
        this.#limit.set(leftMs);
        return;
      }
      this.#waiting.delete(call);
      this.#onLate(call);
    }
  }
}

export interface CallsInTimeOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** Called once for each that has not ended in time, and is not waited for any more. */
  readonly onLate: (call: InterceptedCall) => void;
}
