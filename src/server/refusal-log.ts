import type { Clock } from "../async/clock.ts";
import type { Refused } from "../rpc/access.ts";
import type { Log } from "./log.ts";

/** Calls that were refused, in the log: who guesses tokens by the thousand fills no disk. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Log;
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A line, at most one a second; `unsaid` tells how many had none since the last. */
  note({ reason, what, address, name }: Refused): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs < this.#silentUntilMs) {
      this.#unsaid++;
      return;
    }
    this.#log.warn({ reason, what, address, name, unsaid: this.#unsaid }, "Refused");
    this.#unsaid = 0;
    this.#silentUntilMs = nowMs + 1000;
  }
}
