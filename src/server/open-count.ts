import { type Abortable, abortable } from "../async/abort.ts";

/** Counts what is open, so that one can wait until nothing is. */
export class OpenCount {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  get value(): number {
    return this.#count;
  }

  opened(): void {
    this.#count++;
  }

  closed(): void {
    this.#count--;
    if (this.#count === 0) for (const wake of this.#waiting) wake();
  }

  /**
   * Resolves as soon as nothing is open, at once if that is so.
   * Cancellation: rejects with the signal's reason; what is open stays as it is.
   */
  async none({ signal }: Abortable = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      this.#waiting.delete(resolve);
    }
  }
}
