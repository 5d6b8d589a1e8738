import { type Abortable, abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { WakeUp } from "../../async/wake-up.ts";
import { type Command, contentOf, isChange } from "../../job/command.ts";
import { type ErrorCode, JobControlError, type Refusal } from "../../job/errors.ts";
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
import { FateLog } from "./fate-log.ts";
import type { JobStore, StoredReceipt } from "./job-store.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";
import { QueuedCommand, type QueuedCommandOptions } from "./queued-command.ts";
import { cancelled, drained, expired, leadLost, requestIdReused, storeUnavailable } from "./refusals.ts";

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
  readonly #fates: FateLog;
  readonly #lanes: Lanes;
  readonly #hooks: Omit<QueuedCommandOptions, "content">;
  /** Commands that change a job and are not settled yet, by both of their ids. */
  readonly #byCommandId = new Map<string, QueuedCommand>();
  readonly #byRequestId = new Map<string, QueuedCommand>();
  /** One for each iteration of `changes` that is going on. */
  readonly #followers = new Set<WakeUp>();
  readonly #never = new AbortController();
  #leader: Promise<void> = Promise.resolve();
  #committing: Promise<void> = Promise.resolve();
  #term = 0;
  /** Set once the engine ends. */
  #disposing: Promise<void> | undefined;

  constructor({ store, clock, lanes, maxWaiters }: LocalEngineOptions) {
    this.#store = store;
    this.#fates = new FateLog(store);
    this.#lanes = new Lanes({ lanes, maxWaiters });
    this.#hooks = {
      clock,
      onAbandoned: (entry, outcome) => this.#abandon(entry, outcome),
      onRefused: (entry, settlement) => this.#keepFate(entry, settlement),
      onSettled: (entry) => this.#untrack(entry),
    };
    const fullModes = new Set(lanes.map((lane) => lane.fullMode));
    this.capabilities = { shared: false, durability: store.durability, fullModes };
  }

  async open(options: Abortable = {}): Promise<Recovered> {
    options.signal?.throwIfAborted();
    return this.#store.load(options);
  }

  async submit(command: Command, { signal }: Abortable = {}): Promise<Ticket> {
    const { requestId, deadlineMs } = command;
    if (signal?.aborted) throw new JobControlError(cancelled);
    if (this.#disposing !== undefined) throw new JobControlError(drained);
    if (deadlineMs !== undefined && deadlineMs <= this.#hooks.clock.now()) throw new JobControlError(expired);
    const content = requestId === "" ? "" : contentOf(command);
    const known = this.#byRequestId.get(requestId);
    if (known !== undefined && known.content !== content)
      throw new JobControlError(requestIdReused(requestId));
    const entry = known ?? new QueuedCommand(command, { ...this.#hooks, content });
    const ticket = entry.join({ signal, deadlineMs, joined: known !== undefined });
    if (known === undefined) this.#bringIn(entry);
    if (entry.isPending) await ticket.admitted();
    const { refusal } = entry;
    if (refusal !== undefined) throw new JobControlError(refusal);
    return ticket;
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
      await this.#lead(++this.#term, onLead);
    } finally {
      resolve();
    }
  }

  async *changes(after: number, { signal }: Abortable = {}): AsyncGenerator<Change, void, undefined> {
    const wakeUp = new WakeUp();
    const wake = () => wakeUp.wake();
    const ended = () => signal?.aborted === true || this.#disposing !== undefined;
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
    if (queued !== undefined && !queued.isPending) return queued.receipt("accepted");
    const kept = this.#fates.find(id) ?? (await this.#store.receipt(id));
    return kept?.settlement.receipt;
  }

  stats(): EngineStats {
    return { lanes: this.#lanes.stats() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    for (const entry of this.#lanes.complete()) entry.refuse("drained", drained);
    for (const follower of this.#followers) follower.wake();
    await this.#fates.flush();
    await this.#store[Symbol.asyncDispose]();
  }

  /** One term. What its leader took and did not commit when it ends has nobody any more who would. */
  async #lead(term: number, onLead: (lease: Lease) => Promise<void>): Promise<void> {
    const commit = (batch: Commit) => {
      const committed = this.#commit(batch, term);
      this.#committing = committed.catch(() => {});
      return committed;
    };
    try {
      await onLead({ term, lost: this.#never.signal, commands: this.#lanes, commit });
    } finally {
      await this.#committing;
      for (const entry of this.#lanes.taken) entry.refuse("rejected", leadLost);
    }
  }

  async #commit({ changes, jobs, runs, decisions }: Commit, term: number): Promise<void> {
    const settled = decisions.map((decision) => settlementOf(decision));
    const receipts = settled.flatMap(({ entry, settlement }) => storedReceipt(entry, settlement));
    try {
      if (term !== this.#term) throw new JobControlError(leadLost);
      const onlyReads = changes.length === 0 && receipts.length === 0 && runs.length === 0;
      if (!onlyReads) await this.#store.commit({ changes, jobs, runs, receipts });
    } catch (cause) {
      const refusal = refusalOf(cause);
      for (const { entry } of settled) entry.refuse("rejected", refusal);
      throw new JobControlError(refusal, { cause });
    }
    if (changes.length > 0) for (const follower of this.#followers) follower.wake();
    for (const { entry, settlement } of settled) entry.settle(settlement);
    void this.#fates.flush();
  }

  #bringIn(entry: QueuedCommand): void {
    this.#track(entry);
    if (entry.command.requestId === "") this.#lanes.enqueue(entry);
    else void this.#replayOrEnqueue(entry);
  }

  /** The same request may have been answered in the past: then it gets that answer again. Never rejects. */
  async #replayOrEnqueue(entry: QueuedCommand): Promise<void> {
    const { requestId } = entry.command;
    try {
      const kept = await this.#store.receipt({ requestId });
      if (entry.settlement !== undefined) return;
      if (this.#disposing !== undefined) entry.refuse("drained", drained);
      else if (kept === undefined || !isReplayed(kept.settlement.receipt.outcome)) this.#lanes.enqueue(entry);
      else if (kept.content === entry.content) entry.replay(kept.settlement);
      else entry.refuse("rejected", requestIdReused(requestId));
    } catch (error) {
      entry.refuse("rejected", refusalOf(error));
    }
  }

  #abandon(entry: QueuedCommand, outcome: "cancelled" | "expired"): void {
    this.#lanes.withdraw(entry);
    entry.refuse(outcome, outcome === "expired" ? expired : cancelled);
  }

  #keepFate(entry: QueuedCommand, settlement: Settlement): void {
    for (const fate of storedReceipt(entry, settlement)) this.#fates.add(fate);
  }

  #track(entry: QueuedCommand): void {
    const { command } = entry;
    if (!isChange(command)) return;
    this.#byCommandId.set(command.commandId, entry);
    if (command.requestId !== "") this.#byRequestId.set(command.requestId, entry);
  }

  #untrack(entry: QueuedCommand): void {
    const { command } = entry;
    this.#lanes.forget(entry);
    if (!isChange(command)) return;
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

/**
 * What is kept of a command's fate. Nothing of reads; nor of a command that ended because the store could not write, or
 * whose request id belongs to another: what is kept by that id stands.
 */
function storedReceipt({ command, content }: QueuedCommand, settlement: Settlement): StoredReceipt[] {
  const isKept = isChange(command) && !leavesNoReceipt.has(settlement.refusal?.code);
  return isKept ? [{ content, settlement }] : [];
}

const leavesNoReceipt: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  "REQUEST_ID_REUSED",
  "STORE_UNAVAILABLE",
  "STORE_FULL",
]);

/** What callers are told of a store that failed: its own words, but never those of anything else. */
function refusalOf(error: unknown): Refusal {
  return error instanceof JobControlError ? error.refusal : storeUnavailable;
}
