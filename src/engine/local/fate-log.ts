import type { Clock, Timer } from "../../async/clock.ts";
import { PassingMap } from "../../async/passing-map.ts";
import type { ReceiptId } from "../engine.ts";
import { emptyBatch, type JobStore, type StoredReceipt } from "./job-store.ts";

export interface Fate {
  readonly stored: StoredReceipt;
  /** Called once it is in the store. Unset where nothing waits for that. */
  readonly onWritten?: (() => void) | undefined;
}

export interface FateLogOptions extends Pick<JobStore, "commit"> {
  readonly clock: Clock;
}

/**
 * Fates that come without a commit (evicted, expired, drained and the like), on their way into the store. They are
 * written behind: a refusal is told at once and nothing waits for its receipt, which can be found here meanwhile.
 * What the store cannot write now is tried again with the next commit, or now and then.
 */
export class FateLog {
  readonly #commit: JobStore["commit"];
  readonly #clock: Clock;
  /** By command id, oldest first. */
  readonly #unwritten = new PassingMap<string, Fate>();
  #writing: Promise<void> | undefined;
  #retry: Timer | undefined;
  #ended = false;

  constructor({ commit, clock }: FateLogOptions) {
    this.#commit = commit;
    this.#clock = clock;
  }

  get unwritten(): readonly StoredReceipt[] {
    return [...this.#unwritten.values()].map(({ stored }) => stored);
  }

  add(fate: Fate): void {
    this.#unwritten.set(fate.stored.settlement.receipt.commandId, fate);
    // After a failure they are not tried with each that comes, but with what is committed next, or now and then.
    if (this.#retry === undefined) void this.flush();
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

  /** Writes what it can, for the last time. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancelRetry();
    await this.flush();
  }

  async #write(): Promise<void> {
    this.#cancelRetry();
    while (this.#unwritten.size > 0) {
      const fates = [...this.#unwritten.entries()];
      try {
        await this.#commit({ ...emptyBatch, receipts: fates.map(([, { stored }]) => stored) });
      } catch {
        this.#giveUpOldest(fates);
        this.#retryLater();
        break;
      }
      for (const [commandId, { onWritten }] of fates) {
        this.#unwritten.delete(commandId);
        onWritten?.();
      }
    }
    this.#writing = undefined;
  }

  #retryLater(): void {
    if (!this.#ended) this.#retry = this.#clock.setTimer(retryMs, () => void this.flush());
  }

  #cancelRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** Those that nobody waits for: their callers have been told already. */
  #giveUpOldest(fates: readonly (readonly [string, Fate])[]): void {
    for (const [commandId, { onWritten }] of fates.slice(0, -mostUnwritten))
      if (onWritten === undefined) this.#unwritten.delete(commandId);
  }
}

const mostUnwritten = 1000;
const retryMs = 500;
