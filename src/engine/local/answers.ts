import type { Clock } from "../../async/clock.ts";
import { LoopTurn } from "../../async/loop-turn.ts";
import { nextTurn } from "../../async/next-turn.ts";
import type { Settled } from "./settlement-of.ts";

/** A command, and how it ended. */
type Ended = Pick<Settled, "settlement"> & { readonly entry: Pick<Settled["entry"], "settle"> };

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
  tell(settled: readonly Ended[]): Promise<void> {
    this.#told = this.#tell(settled, this.#told);
    return this.#told;
  }

  async #tell(settled: readonly Ended[], earlier: Promise<void>): Promise<void> {
    await earlier;
    for (const [index, { entry, settlement }] of settled.entries()) {
      const isNextFew = index > 0 && index % fewAtOnce === 0;
      if (isNextFew || (index === 0 && this.#turn.isLong)) await nextTurn();
      entry.settle(settlement);
    }
  }
}

const fewAtOnce = 16;
