import type { ReceiptId } from "../engine.ts";
import { emptyBatch, type JobStore, type StoredReceipt } from "./job-store.ts";

/**
 * Fates that come without a commit (evicted, expired, drained and the like), on their way into the store. They are
 * written behind: a refusal is told at once and nothing waits for its receipt, which can be found here meanwhile.
 * What the store cannot write now is tried again with what comes next.
 */
export class FateLog {
  readonly #store: JobStore;
  /** By command id, oldest first. */
  readonly #unwritten = new Map<string, StoredReceipt>();
  #writing: Promise<void> | undefined;

  constructor(store: JobStore) {
    this.#store = store;
  }

  add(fate: StoredReceipt): void {
    this.#unwritten.set(fate.settlement.receipt.commandId, fate);
    void this.flush();
  }

  /** The newest one of these that is not in the store yet. */
  find(id: ReceiptId): StoredReceipt | undefined {
    if ("commandId" in id) return this.#unwritten.get(id.commandId);
    const fates = [...this.#unwritten.values()];
    return fates.findLast(({ settlement }) => settlement.receipt.requestId === id.requestId);
  }

  /** Writes what there is, as far as the store can. Never rejects. */
  flush(): Promise<void> {
    if (this.#unwritten.size === 0) return Promise.resolve();
    this.#writing ??= this.#write();
    return this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#unwritten.size > 0) {
      const fates = [...this.#unwritten];
      try {
        await this.#store.commit({ ...emptyBatch, receipts: fates.map(([, fate]) => fate) });
      } catch {
        // The callers have been told. Beyond a bound the oldest are given up.
        for (const [commandId] of fates.slice(0, -mostUnwritten)) this.#unwritten.delete(commandId);
        break;
      }
      for (const [commandId] of fates) this.#unwritten.delete(commandId);
    }
    this.#writing = undefined;
  }
}

const mostUnwritten = 1000;
