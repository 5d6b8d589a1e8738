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

  /** In milliseconds, since it was first asked for in this turn. */
  get elapsedMs(): number {
    const nowMs = this.#clock.monotonic();
    if (this.#beganAtMs === undefined) {
      this.#beganAtMs = nowMs;
      setImmediate(LoopTurn.#end, this);
    }
    return nowMs - this.#beganAtMs;
  }

  static #end(turn: LoopTurn): void {
    turn.#beganAtMs = undefined;
  }

  /** True where all else has waited long enough: the rest is for the next turn. */
  get isLong(): boolean {
    return this.elapsedMs >= longestTurnMs;
  }
}

/** A call that waits for a few turns is still answered within a few milliseconds. */
const longestTurnMs = 1;
