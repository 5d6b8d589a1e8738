import type { Abortable } from "../../async/abort.ts";
import { isChange } from "../../job/command.ts";
import { JobControlError, type Refusal } from "../../job/errors.ts";
import type { Commit, CommitOptions, Delivery, Lease, TokenWaitOf } from "../engine.ts";
import type { Answers } from "./answers.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { FateLog } from "./fate-log.ts";
import { emptyBatch, isEmpty, type JobStore } from "./job-store.ts";
import type { Lanes } from "./lanes.ts";
import { Leadership } from "./leadership.ts";
import type { QueuedCommand } from "./queued-command.ts";
import { leadLost, storeUnavailable } from "./refusals.ts";
import { settlementOf } from "./settlement-of.ts";
import { refusalOf } from "./store-refusals.ts";
import type { StoreWrites } from "./store-writes.ts";
import { storedReceipts } from "./stored-receipts.ts";

export interface TermsOptions {
  readonly store: Pick<JobStore, "lost">;
  readonly writes: StoreWrites;
  readonly lanes: Lanes;
  readonly changes: ChangeFeed;
  readonly answers: Answers;
  readonly fates: FateLog;
}

/**
 * The terms of those that lead: what a leader has of the engine while its term lasts, and what becomes of the commands that it
 * took when a commit fails, or when it ends. There is none after the one in which the store is lost.
 */
export class Terms {
  readonly #options: TermsOptions;
  readonly #leadership = new Leadership();
  #tokenWaitMs: TokenWaitOf = noWait;
  #committing: Promise<void> = Promise.resolve();
  #isLost = false;

  constructor(options: TermsOptions) {
    this.#options = options;
  }

  /** True once the store is lost: nobody leads any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** How long a command has waited for a token, as the one that leads knows; 0 where nobody does. */
  tokenWaitMs(entry: Delivery): number {
    return this.#tokenWaitMs(entry);
  }

  /** As `Engine.lead`. */
  lead(onLead: (lease: Lease) => Promise<void>, options: Abortable): Promise<void> {
    return this.#leadership.take((term) => this.#lead(term, onLead), options);
  }

  /** What its leader took and did not commit when it ends has nobody any more who would. */
  async #lead(term: number, onLead: (lease: Lease) => Promise<void>): Promise<void> {
    const { lanes, store } = this.#options;
    const commit = (batch: Commit, options: CommitOptions = {}) => {
      const committed = this.#commit(batch, term, options);
      this.#committing = committed.catch(() => {});
      return committed;
    };
    const explainWaits = (tokenWaitMs: TokenWaitOf) => {
      this.#tokenWaitMs = tokenWaitMs;
    };
    const { lost = neverLost } = store;
    try {
      await onLead({ term, lost, commands: lanes, explainWaits, commit });
    } finally {
      this.#tokenWaitMs = noWait;
      await this.#committing;
      for (const entry of lanes.taken) this.#letGo(entry);
    }
    if (lost.aborted) this.#refuseAll();
    lost.throwIfAborted();
  }

  async #commit(
    { changes, jobs, runs, circuits, decisions }: Commit,
    term: number,
    { onWritten }: CommitOptions,
  ): Promise<void> {
    const settled = decisions.map((decision) => settlementOf(decision));
    const receipts = settled.flatMap(({ entry, settlement }) => storedReceipts(entry, settlement));
    try {
      if (term !== this.#leadership.term) throw new JobControlError(leadLost);
      const batch = { ...emptyBatch, changes, jobs, runs, circuits, receipts };
      if (!isEmpty(batch)) await this.#options.writes.commit(batch);
    } catch (cause) {
      const refusal = refusalOf(cause);
      for (const { entry } of settled) this.#failCommit(entry, refusal);
      throw new JobControlError(refusal, { cause });
    }
    const { changes: feed, fates, answers } = this.#options;
    try {
      onWritten?.();
    } finally {
      // It is written, whatever its leader comes to: from now on nothing else can become of the commands, whenever their callers are told.
      if (changes.length > 0) feed.wake();
      for (const { entry, settlement } of settled) entry.end(settlement);
      void fates.flush();
      await answers.tell(settled.map(({ entry }) => entry));
    }
  }

  /** A batch that it was in could not be written. What needs no writing is read again, in another batch. */
  #failCommit(entry: QueuedCommand, refusal: Refusal): void {
    const { lanes } = this.#options;
    if (!isChange(entry.command)) lanes.giveBack([entry]);
    else if (entry.isDurable) lanes.putAside(entry);
    else entry.refuse("rejected", refusal);
  }

  /** The leader's work on it was for nothing. What was accepted for good is not refused, but waits for another try. */
  #letGo(entry: QueuedCommand): void {
    if (entry.isDurable) this.#options.lanes.giveBack([entry]);
    else entry.refuse("rejected", leadLost);
  }

  /** The store is lost. What it holds as accepted is for the next to settle; nobody waits for anything else. */
  #refuseAll(): void {
    this.#isLost = true;
    for (const entry of this.#options.lanes.complete())
      if (!entry.isDurable) entry.refuse("rejected", storeUnavailable);
  }
}

const noWait: TokenWaitOf = () => 0;
const neverLost = new AbortController().signal;
