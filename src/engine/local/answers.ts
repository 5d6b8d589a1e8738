import type { Clock } from "../../async/clock.ts";
import { LoopTurn } from "../../async/loop-turn.ts";
import { nextTurn } from "../../async/next-turn.ts";
import type { QueuedCommand } from "./queued-command.ts";

/** A command that has ended. */
type Ended = Pick<QueuedCommand, "tell">;

/**
 * Tells callers what became of their commands, commit by commit. Callers go on in the same turn of the event loop in which they
 * are told, so a few are told at a time, and everything else has its turns between them.
 */
export class Answers {
  readonly #turn: LoopTurn;
  #told: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#turn = new LoopTurn(clock);
  }

  /** Resolves once all of these are told, after those of earlier calls. Never rejects. */
  tell(ended: readonly Ended[]): Promise<void> {
    this.#told = this.#tell(ended, this.#told);
    return this.#told;
  }

  async #tell(ended: readonly Ended[], earlier: Promise<void>): Promise<void> {
    await earlier;
    for (const [index, command] of ended.entries()) {
      const isNextFew = index > 0 && index % fewAtOnce === 0;
      if (isNextFew || (index === 0 && this.#turn.isLong)) await nextTurn();
      command.tell();
    }
  }
}

const fewAtOnce = 16;
