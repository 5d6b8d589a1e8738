import type { Clock } from "../../async/clock.ts";
import { LinkedList, type Place } from "../../async/linked-list.ts";
import { RenewableLimit } from "../../async/renewable-limit.ts";
import type { InterceptedCall } from "./grpc-js-internals.ts";

/** A wait for a call. */
export type Wait = Place<{ readonly call: InterceptedCall; readonly sinceMs: number }>;

/**
 * Calls that are waited for, and no longer than a time that is the same for all. One timer looks after all of them, so that a
 * call in time costs next to nothing.
 */
export class CallsInTime implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #onLate: (call: InterceptedCall) => void;
  readonly #limit: RenewableLimit;
  /** Who has been waited for longest first. */
  readonly #waits = new LinkedList<Wait["item"]>();

  constructor({ clock, ms, onLate }: CallsInTimeOptions) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onLate = onLate;
    this.#limit = new RenewableLimit(clock, () => this.#endLate());
  }

  begin(call: InterceptedCall): Wait {
    const wait = this.#waits.push({ call, sinceMs: this.#clock.monotonic() });
    if (this.#waits.size === 1) this.#limit.set(this.#ms);
    return wait;
  }

  /** Harmless where it is over. */
  end(wait: Wait | undefined): void {
    if (wait !== undefined) this.#waits.remove(wait);
  }

  /** Nobody is late any more. */
  [Symbol.dispose](): void {
    this.#limit[Symbol.dispose]();
  }

  #endLate(): void {
    const nowMs = this.#clock.monotonic();
    for (let wait = this.#waits.first; wait !== undefined; wait = this.#waits.first) {
      const { call, sinceMs } = wait.item;
      const leftMs = sinceMs + this.#ms - nowMs;
      if (leftMs > 0) {
        this.#limit.set(leftMs);
        return;
      }
      this.#waits.remove(wait);
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
