import type { ReceiptId } from "../engine.ts";
import { emptyBatch, type JobStore, type StoredReceipt } from "./job-store.ts";

export interface Fate {
  readonly stored: StoredReceipt;
  /** Called once it is in the store. Unset where nothing waits for that. */
  readonly onWritten?: (() => void) | undefined;
}

/**
 * Fates that come without a commit (evicted, expired, drained and the like), on their way into the store. They are
 * written behind: a refusal is told at once and nothing waits for its receipt, which can be found here meanwhile.
 * What the store cannot write now is tried again with what comes next.
 */
export class FateLog {
  readonly #store: Pick<JobStore, "commit">;
  /** By command id, oldest first. */
  readonly #unwritten = new Map<string, Fate>();
  #writing: Promise<void> | undefined;

  constructor(store: Pick<JobStore, "commit">) {
    this.#store = store;
  }

  get unwritten(): readonly StoredReceipt[] {
    return [...this.#unwritten.values()].map(({ stored }) => stored);
  }

  add(fate: Fate): void {
    this.#unwritten.set(fate.stored.settlement.receipt.commandId, fate);
    void this.flush();
  }

  /** The newest one of these that is not in the store yet. */
  find(id: ReceiptId): StoredReceipt | undefined {
    if ("commandId" in id) return this.#unwritten.get(id.commandId)?.stored;
    const fates = [...this.#unwritten.values()];
    return fates.findLast(({ stored }) => stored.settlement.receipt.requestId === id.requestId)?.stored;
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
        await this.#store.commit({ ...emptyBatch, receipts: fates.map(([, { stored }]) => stored) });
      } catch {
        this.#giveUpOldest(fates);
        break;
      }
      for (const [commandId, { onWritten }] of fates) {
        this.#unwritten.delete(commandId);
        onWritten?.();
      }
    }
    this.#writing = undefined;
  }

  /** Those that nobody waits for: their callers have been told already. */
  #giveUpOldest(fates: readonly (readonly [string, Fate])[]): void {
    for (const [commandId, { onWritten }] of fates.slice(0, -mostUnwritten))
      if (onWritten === undefined) this.#unwritten.delete(commandId);
  }
}

const mostUnwritten = 1000;
