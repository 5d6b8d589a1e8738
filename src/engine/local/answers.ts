import type { Clock } from "../../async/clock.ts";
import { LoopTurn } from "../../async/loop-turn.ts";
import { nextTurn } from "../../async/next-turn.ts";
import type { QueuedCommand } from "./queued-command.ts";

/** A command that has ended. */
type Ended = Pick<QueuedCommand, "tell">;

/**
 * Tells callers what became of their commands, commit by commit. Callers go on in the same turn of the event loop in which they
 * are told, so a few are told at a time, more where many wait, and everything else has its turns between them.
 */
export class Answers {
  readonly #turn: LoopTurn;
  #told: Promise<void> = Promise.resolve();
  /** Commands whose callers are still to be told. */
  #untold = 0;

  constructor(clock: Clock) {
    this.#turn = new LoopTurn(clock);
  }

  /** Resolves once all of these are told, after those of earlier calls. Never rejects. */
  tell(ended: readonly Ended[]): Promise<void> {
    this.#untold += ended.length;
    this.#told = this.#tell(ended, this.#told);
    return this.#told;
  }

  async #tell(ended: readonly Ended[], earlier: Promise<void>): Promise<void> {
    await earlier;
    for (let index = 0; index < ended.length; ) {
      if (index > 0 || this.#turn.isLong) await nextTurn();
      const few = ended.slice(index, index + this.#few);
      for (const command of few) command.tell();
      index += few.length;
      this.#untold -= few.length;
    }
  }

  /** Turns can be long: then there are few of them, and a share of all makes up for it. */
  get #few(): number {
    return Math.max(fewest, Math.ceil(this.#untold / 4));
  }
}

const fewest = 16;
