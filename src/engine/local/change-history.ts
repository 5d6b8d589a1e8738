import type { Change } from "../../job/job.ts";
import { HistoryGoneError } from "../engine.ts";

/** The last changes, in memory: so many of them, and at least those of the last two batches, without a gap. */
export class ChangeHistory {
  readonly #size: number;
  /** The change of revision r is at r modulo their number, which follows what is kept. */
  #slots: Change[] = [];
  /** How many are kept. */
  #count = 0;
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
    return this.#revision - this.#count;
  }

  /** Takes in the changes of a batch. */
  add(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const most = Math.max(this.#size, this.#lastBatch + changes.length);
    const count = Math.min(most, this.#count + changes.length);
    if (count > this.#slots.length || this.#slots.length > 2 * most)
      this.#resize(Math.min(most, 2 * count), count - changes.length);
    for (const change of changes) this.#put(change);
    this.#revision = changes.at(-1)?.revision ?? this.#revision;
    this.#lastBatch = changes.length;
    this.#count = count;
  }

  /** What `JobStore.history` promises. */
  page(after: number, limit: number): readonly Change[] {
    if (after > this.#revision) throw new HistoryGoneError(`Revision has not happened yet: ${after}`);
    if (after < this.oldestCursor) throw new HistoryGoneError(`Revision is no longer kept: ${after}`);
    return this.#between(after, Math.min(this.#revision, after + limit));
  }

  /** Keeps the last so many in another number of slots. */
  #resize(length: number, count: number): void {
    const kept = this.#between(this.#revision - count, this.#revision);
    this.#slots = new Array(length);
    for (const change of kept) this.#put(change);
  }

  #put(change: Change): void {
    this.#slots[change.revision % this.#slots.length] = change;
  }

  /** Those after one revision, up to another. */
  #between(after: number, last: number): Change[] {
    const found: Change[] = [];
    for (let revision = after + 1; revision <= last; revision++) {
      const change = this.#slots[revision % this.#slots.length];
      if (change !== undefined) found.push(change);
    }
    return found;
  }
}
