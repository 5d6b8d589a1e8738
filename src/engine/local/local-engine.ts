import { type Abortable, abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { WakeUp } from "../../async/wake-up.ts";
import { type Command, contentOf, isChange } from "../../job/command.ts";
import { JobControlError } from "../../job/errors.ts";
import type { Change } from "../../job/job.ts";
import { isReplayed, type Receipt, type Settlement } from "../../job/settlement.ts";
import type {
  Commit,
  Decision,
  Engine,
  EngineCapabilities,
  EngineStats,
  Lease,
  ReceiptId,
  Recovered,
  RunPage,
  RunPageRequest,
  Ticket,
} from "../engine.ts";
import type { JobStore, StoredReceipt } from "./job-store.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";
import { QueuedCommand, type QueuedCommandOptions } from "./queued-command.ts";
import { cancelled, drained, expired, requestIdReused, storeUnavailable } from "./refusals.ts";

export interface LocalEngineOptions extends LanesOptions {
  readonly store: JobStore;
  readonly clock: Clock;
}

/** The engine of one process: bounded channels for the commands, and a store for what must be kept. */
export function createLocalEngine(options: LocalEngineOptions): Engine {
  return new LocalEngine(options);
}

class LocalEngine implements Engine {
  readonly capabilities: EngineCapabilities;
  readonly shards = 1;
  readonly #store: JobStore;
  readonly #lanes: Lanes;
  readonly #hooks: Omit<QueuedCommandOptions, "content">;
  /** Commands that change a job and are not settled yet, by both of their ids. */
  readonly #byCommandId = new Map<string, QueuedCommand>();
  readonly #byRequestId = new Map<string, QueuedCommand>();
  /** One for each iteration of `changes` that is going on. */
  readonly #followers = new Set<WakeUp>();
  readonly #never = new AbortController();
  #leader: Promise<void> = Promise.resolve();
  #term = 0;
  #disposed = false;

  constructor({ store, clock, lanes, maxWaiters }: LocalEngineOptions) {
    this.#store = store;
    this.#lanes = new Lanes({ lanes, maxWaiters });
    this.#hooks = {
      clock,
      onAbandoned: (entry, outcome) => this.#abandon(entry, outcome),
      onSettled: (entry) => this.#untrack(entry),
    };
    const fullModes = new Set(lanes.map((lane) => lane.fullMode));
    this.capabilities = { shared: false, durability: store.durability, fullModes };
  }

  open(options?: Abortable): Promise<Recovered> {
    return this.#store.load(options);
  }

  async submit(command: Command, { signal }: Abortable = {}): Promise<Ticket> {
    if (signal?.aborted) throw new JobControlError(cancelled);
    if (this.#disposed) throw new JobControlError(drained);
    const { requestId } = command;
    const content = requestId === "" ? "" : contentOf(command);
    const known = this.#byRequestId.get(requestId);
    if (known !== undefined) {
      if (known.content !== content) throw new JobControlError(requestIdReused(requestId));
      return known.join(signal, true);
    }
    const entry = new QueuedCommand(command, { ...this.#hooks, content });
    this.#track(entry);
    const ticket = entry.join(signal, false);
    // The entry is in place before the store is asked, so that a twin of it joins instead of coming in beside it.
    const kept = requestId === "" ? undefined : await this.#store.receipt({ requestId });
    if (kept !== undefined) return this.#replay(entry, kept);
    if (entry.settlement === undefined) await this.#lanes.enqueue(entry);
    return this.#admitted(entry, ticket);
  }

  async lead(
    _shard: number,
    onLead: (lease: Lease) => Promise<void>,
    options: Abortable = {},
  ): Promise<void> {
    const before = this.#leader;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#leader = before.then(() => promise);
    try {
      await abortable(before, options.signal);
      await onLead({
        term: ++this.#term,
        lost: this.#never.signal,
        commands: this.#lanes,
        commit: (batch) => this.#commit(batch),
      });
    } finally {
      resolve();
    }
  }

  async *changes(after: number, { signal }: Abortable = {}): AsyncGenerator<Change, void, undefined> {
    const wakeUp = new WakeUp();
    const wake = () => wakeUp.wake();
    const ended = () => signal?.aborted === true || this.#disposed;
    this.#followers.add(wakeUp);
    signal?.addEventListener("abort", wake);
    try {
      for (let cursor = after; !ended(); ) {
        const page = await this.#store.history(cursor, pageSize);
        for (const change of page) {
          if (ended()) return;
          yield change;
          cursor = change.revision;
        }
        if (page.length === 0 && !ended()) await wakeUp.wait();
      }
    } finally {
      this.#followers.delete(wakeUp);
      signal?.removeEventListener("abort", wake);
    }
  }

  runs(jobId: string, page: RunPageRequest): Promise<RunPage> {
    return this.#store.runs(jobId, page);
  }

  async receipt(id: ReceiptId): Promise<Receipt | undefined> {
    const queued =
      "commandId" in id ? this.#byCommandId.get(id.commandId) : this.#byRequestId.get(id.requestId);
    if (queued !== undefined) return queued.receipt("accepted");
    return (await this.#store.receipt(id))?.settlement.receipt;
  }

  stats(): EngineStats {
    return { lanes: this.#lanes.stats() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const entry of this.#lanes.complete()) entry.refuse("drained", drained);
    for (const follower of this.#followers) follower.wake();
    await this.#store[Symbol.asyncDispose]();
  }

  async #commit({ changes, jobs, runs, decisions }: Commit): Promise<void> {
    const settled = decisions.map((decision) => settlementOf(decision));
    const receipts = settled.flatMap(storedReceipt);
    try {
      const onlyReads = changes.length === 0 && receipts.length === 0 && runs.length === 0;
      if (!onlyReads) await this.#store.commit({ changes, jobs, runs, receipts });
    } catch (cause) {
      const error =
        cause instanceof JobControlError ? cause : new JobControlError(storeUnavailable, { cause });
      for (const { entry } of settled) entry.settle(failure(entry, error));
      throw error;
    }
    if (changes.length > 0) for (const follower of this.#followers) follower.wake();
    for (const { entry, settlement } of settled) entry.settle(settlement);
  }

  /** The same request was answered before: it gets that answer again. */
  #replay(entry: QueuedCommand, kept: StoredReceipt): Ticket {
    if (kept.content === entry.content) {
      entry.settle(kept.settlement);
      return entry.join(undefined, true);
    }
    const refusal = requestIdReused(entry.command.requestId);
    entry.refuse("rejected", refusal);
    throw new JobControlError(refusal);
  }

  /** The ticket of a command that got in; the error of one that did not. */
  #admitted(entry: QueuedCommand, ticket: Ticket): Ticket {
    const refusal = entry.acceptOrder === 0 ? entry.settlement?.refusal : undefined;
    if (refusal === undefined) return ticket;
    throw new JobControlError(refusal);
  }

  #abandon(entry: QueuedCommand, outcome: "cancelled" | "expired"): void {
    this.#lanes.withdraw(entry);
    entry.refuse(outcome, outcome === "expired" ? expired : cancelled);
  }

  #track(entry: QueuedCommand): void {
    const { command } = entry;
    if (!isChange(command)) return;
    this.#byCommandId.set(command.commandId, entry);
    if (command.requestId !== "") this.#byRequestId.set(command.requestId, entry);
  }

  #untrack(entry: QueuedCommand): void {
    const { command } = entry;
    if (!isChange(command)) return;
    this.#lanes.forget(entry);
    this.#byCommandId.delete(command.commandId);
    if (command.requestId !== "") this.#byRequestId.delete(command.requestId);
  }
}

/** How many changes are read from the store at once. */
const pageSize = 256;

interface Settled {
  readonly entry: QueuedCommand;
  readonly settlement: Settlement;
}

function settlementOf({ delivery, outcome, revision, answer, refusal, ...times }: Decision): Settled {
  const entry = delivery as QueuedCommand;
  const receipt: Receipt = { ...entry.receipt(outcome), ...times };
  return { entry, settlement: { receipt, revision, answer, refusal } };
}

function storedReceipt({ entry, settlement }: Settled): StoredReceipt[] {
  const isKept = isChange(entry.command) && isReplayed(settlement.receipt.outcome);
  return isKept ? [{ content: entry.content, settlement }] : [];
}

function failure(entry: QueuedCommand, { refusal }: JobControlError): Settlement {
  return { receipt: entry.receipt("rejected"), revision: 0, refusal };
}
