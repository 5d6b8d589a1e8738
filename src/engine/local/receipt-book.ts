import type { Clock } from "../../async/clock.ts";
import type { ReceiptId } from "../engine.ts";
import type { StoredReceipt } from "./job-store.ts";

export interface ReceiptBookOptions {
  /** How many are kept; the oldest go first. */
  readonly capacity: number;
  /** How long each is kept. */
  readonly retentionMs: number;
  readonly clock: Clock;
}

/** Receipts in memory: the newest so many, each for so long, found by both of their ids. */
export class ReceiptBook {
  readonly #options: ReceiptBookOptions;
  /** Oldest first. */
  readonly #byCommand = new Map<string, { readonly stored: StoredReceipt; readonly untilMs: number }>();
  /** The newest command of each request. */
  readonly #commandOfRequest = new Map<string, string>();

  constructor(options: ReceiptBookOptions) {
    this.#options = options;
  }

  add(stored: StoredReceipt): void {
    const { commandId, requestId } = stored.settlement.receipt;
    const { capacity, retentionMs } = this.#options;
    this.#byCommand.set(commandId, { stored, untilMs: this.#nowMs() + retentionMs });
    if (requestId !== "") this.#commandOfRequest.set(requestId, commandId);
    for (const [oldest, { untilMs }] of this.#byCommand) {
      if (this.#byCommand.size <= capacity && untilMs > this.#nowMs()) return;
      this.#delete(oldest);
    }
  }

  find(id: ReceiptId): StoredReceipt | undefined {
    const commandId = "commandId" in id ? id.commandId : this.#commandOfRequest.get(id.requestId);
    const kept = commandId === undefined ? undefined : this.#byCommand.get(commandId);
    return kept !== undefined && kept.untilMs > this.#nowMs() ? kept.stored : undefined;
  }

  #delete(commandId: string): void {
    const requestId = this.#byCommand.get(commandId)?.stored.settlement.receipt.requestId ?? "";
    this.#byCommand.delete(commandId);
    if (this.#commandOfRequest.get(requestId) === commandId) this.#commandOfRequest.delete(requestId);
  }

  /** Monotonic: a wall clock that is set neither shortens nor lengthens what is promised. */
  #nowMs(): number {
    return this.#options.clock.monotonic();
  }
}
