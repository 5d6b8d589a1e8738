import type { InTurnsOptions } from "../async/in-turns.ts";
import { nextTurn } from "../async/next-turn.ts";
import type { Engine, Recovered } from "../engine/engine.ts";
import type { Change } from "../job/job.ts";

/** What the hubs are told: the changes that an engine has committed. All else has its turns of the event loop, however many there are. */
export class CommittedChanges {
  readonly #engine: Pick<Engine, "changes">;
  readonly #turns: InTurnsOptions;

  constructor(engine: Pick<Engine, "changes">, turns: InTurnsOptions) {
    this.#engine = engine;
    this.#turns = turns;
  }

  /** The last ones that the engine knew of when it was opened, at most so many. */
  async before({ revision, oldestCursor }: Recovered, most: number): Promise<Change[]> {
    const { signal } = this.#turns;
    const recent: Change[] = [];
    const after = Math.max(oldestCursor, revision - most);
    if (after === revision) return recent;
    for await (const change of this.#engine.changes(after, { signal })) {
      recent.push(change);
      if (change.revision === revision) break;
      if (this.#isTurnLong(change)) await nextTurn();
    }
    return recent;
  }

  /** Shows every one after a revision, as they come. Resolves when the signal fires, or the engine ends. */
  async follow(after: number, show: (change: Change) => void): Promise<void> {
    const { signal } = this.#turns;
    for await (const change of this.#engine.changes(after, { signal })) {
      show(change);
      if (this.#isTurnLong(change)) await nextTurn();
    }
  }

  #isTurnLong({ revision }: Change): boolean {
    return revision % fewAtOnce === 0 && this.#turns.turn.isLong;
  }
}

const fewAtOnce = 16;
