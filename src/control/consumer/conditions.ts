import { type Abortable, abortable } from "../../async/abort.ts";

/** Given how many commands have callers that still wait, and how many were set aside. */
export type Condition = (waiting: number, setAside: number) => boolean;

/** What is waited for until the commands have come so far. */
export class Conditions {
  readonly #waits = new Set<{ readonly isMet: Condition; readonly resolve: () => void }>();
  #ended = false;

  /**
   * Resolves at the first look at which `isMet`, or when there will be none any more.
   * Cancellation: rejects with the signal's reason.
   */
  async until(isMet: Condition, { signal }: Abortable = {}): Promise<void> {
    if (this.#ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = { isMet, resolve };
    this.#waits.add(wait);
    try {
      await abortable(promise, signal);
    } finally {
      this.#waits.delete(wait);
    }
  }

  look(...[waiting, setAside]: Parameters<Condition>): void {
    for (const { isMet, resolve } of this.#waits) if (isMet(waiting, setAside)) resolve();
  }

  /** There will be no look any more. */
  end(): void {
    this.#ended = true;
    for (const { resolve } of this.#waits) resolve();
  }
}
