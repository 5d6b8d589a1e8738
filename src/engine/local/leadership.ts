import { type Abortable, abortable } from "../../async/abort.ts";

/** Who may lead: one after the other, each for a term of its own. */
export class Leadership {
  #last: Promise<void> = Promise.resolve();
  #term = 0;

  /** The term that goes on, or the last one. */
  get term(): number {
    return this.#term;
  }

  /**
   * Waits until all who came before have had their terms, and then has one. Rejects with what `onTerm` rejects with.
   * Cancellation: rejects with the signal's reason where the term has not begun; one that has is not disturbed.
   */
  async take(onTerm: (term: number) => Promise<void>, { signal }: Abortable = {}): Promise<void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = before.then(() => promise);
    try {
      await abortable(before, signal);
      await onTerm(++this.#term);
    } finally {
      resolve();
    }
  }
}
