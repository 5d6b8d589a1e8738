import { isReplayed } from "../../job/settlement.ts";
import type { JobStore, StoredReceipt } from "./job-store.ts";

export interface EarlierAnswersOptions extends Pick<JobStore, "receipt"> {
  /** How many requests may wait for it to look at a time. */
  readonly capacity: number;
}

/**
 * Looks whether a request was answered before. A command waits for that before it comes into its lane, where it would
 * be counted; so here is a bound of its own.
 */
export class EarlierAnswers {
  readonly #options: EarlierAnswersOptions;
  #waiting = 0;

  constructor(options: EarlierAnswersOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#waiting >= this.#options.capacity;
  }

  /** The answer that a repeated request is given again; undefined where this is a new one. Rejects where the store does. */
  async find(requestId: string): Promise<StoredReceipt | undefined> {
    this.#waiting++;
    try {
      const kept = await this.#options.receipt({ requestId });
      return kept !== undefined && isReplayed(kept.settlement.receipt.outcome) ? kept : undefined;
    } finally {
      this.#waiting--;
    }
  }
}
