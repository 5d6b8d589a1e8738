import type { Change } from "../../job/job.ts";
import { HistoryGoneError } from "../engine.ts";

/** The last changes, in memory: so many of them, and at least those of the last two batches, without a gap. */
export class ChangeHistory {
  readonly #size: number;
  /** By revision, in their order. */
  readonly #changes = new Map<number, Change>();
  #revision = 0;
  /** How many there were in the last batch. */
  #lastBatch = 0;

  /** Begins with changes from before, if there are any. */
  constructor(size: number, changes: readonly Change[] = []) {
    this.#size = size;
    this.add(changes);
  }

  /** The last revision. */
  get revision(): number {
    return this.#revision;
  }

  /** The lowest revision after which every change is still here. */
  get oldestCursor(): number {
    return this.#revision - this.#changes.size;
  }

  /** Takes in the changes of a batch. */
  add(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#revision = change.revision;
      this.#changes.set(change.revision, change);
    }
    const kept = Math.max(this.#size, this.#lastBatch + changes.length);
    if (changes.length > 0) this.#lastBatch = changes.length;
    for (const revision of this.#changes.keys()) {
      if (this.#changes.size <= kept) return;
      this.#changes.delete(revision);
    }
  }

  /** What `JobStore.history` promises. */
  page(after: number, limit: number): readonly Change[] {
    if (after > this.#revision) throw new HistoryGoneError(`Revision has not happened yet: ${after}`);
    if (after < this.oldestCursor) throw new HistoryGoneError(`Revision is no longer kept: ${after}`);
    const last = Math.min(this.#revision, after + limit);
    const page: Change[] = [];
    for (let revision = after + 1; revision <= last; revision++) {
      const change = this.#changes.get(revision);
      if (change !== undefined) page.push(change);
    }
    return page;
  }
}
