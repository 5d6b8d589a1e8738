import type { Command, Priority } from "../../job/command.ts";
import { isReplayed } from "../../job/settlement.ts";
import type { JobStore, StoredReceipt } from "./job-store.ts";

export interface EarlierAnswersOptions extends Pick<JobStore, "receipt"> {
  /** How many requests of one lane may wait for it to look at a time. */
  readonly capacity: number;
}

/**
 * Looks whether a request was answered before. A command waits for that before it comes into its lane, where it would
 * be counted; so here is a bound of its own, for each lane, so that the others are not held up by one that is flooded.
 */
export class EarlierAnswers {
  readonly #options: EarlierAnswersOptions;
  readonly #waiting = new Map<Priority, number>();

  constructor(options: EarlierAnswersOptions) {
    this.#options = options;
  }

  isFull({ priority }: Pick<Command, "priority">): boolean {
    return this.#waitingIn(priority) >= this.#options.capacity;
  }

  /** The answer that a repeated request is given again; undefined where this is a new one. Rejects where the store does. */
  async find({ requestId, priority }: Command): Promise<StoredReceipt | undefined> {
    this.#waiting.set(priority, this.#waitingIn(priority) + 1);
    try {
      const kept = await this.#options.receipt({ requestId });
      return kept !== undefined && isReplayed(kept.settlement.receipt.outcome) ? kept : undefined;
    } finally {
      this.#waiting.set(priority, this.#waitingIn(priority) - 1);
    }
  }

  #waitingIn(priority: Priority): number {
    return this.#waiting.get(priority) ?? 0;
  }
}
