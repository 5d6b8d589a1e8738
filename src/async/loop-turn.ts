import type { Clock } from "./clock.ts";

/**
 * How long the present turn of the event loop has gone on. Whoever awaits only what others do in the same turn goes on in it
 * for ever, however often: I/O and timers wait, and nobody sees it. So work that may go on like that asks here.
 */
export class LoopTurn {
  readonly #clock: Clock;
  #beganAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True where all else has waited long enough, since this was first asked in the present turn: the rest is for the next one. */
  get isLong(): boolean {
    const nowMs = this.#clock.monotonic();
    if (this.#beganAtMs === undefined) {
      this.#beganAtMs = nowMs;
      setImmediate(LoopTurn.#end, this);
    }
    return nowMs - this.#beganAtMs >= longestTurnMs;
  }

  static #end(turn: LoopTurn): void {
    turn.#beganAtMs = undefined;
  }
}

/** A call that waits for a few turns is still answered within a few milliseconds. */
const longestTurnMs = 1;
