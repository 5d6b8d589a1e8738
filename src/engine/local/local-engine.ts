import type { Abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { beginsWork, type Command, isChange } from "../../job/command.ts";
import { JobControlError, type Refusal } from "../../job/errors.ts";
import type { Change } from "../../job/job.ts";
import { type Outcome, outcomes, type Receipt, type Settlement } from "../../job/settlement.ts";
import { withoutStack } from "../../job/without-stack.ts";
import type {
  Commit,
  CommitOptions,
  Engine,
  EngineCapabilities,
  EngineObserver,
  EngineStats,
  Lease,
  OpenOptions,
  ReceiptId,
  Recovered,
  RunPage,
  RunPageRequest,
  Ticket,
  TokenWaitOf,
} from "../engine.ts";
import { Answers } from "./answers.ts";
import { ChangeFeed } from "./change-feed.ts";
import { CommandIndex } from "./command-index.ts";
import { EarlierAnswers } from "./earlier-answers.ts";
import { FateLog } from "./fate-log.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type AcceptedCommand, emptyBatch, isEmpty, type JobStore } from "./job-store.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";
import { Leadership } from "./leadership.ts";
import { QueuedCommand, type QueuedCommandOptions } from "./queued-command.ts";
import { cancelled, drained, expired, leadLost, requestIdReused, storeUnavailable } from "./refusals.ts";
import { settlementOf } from "./settlement-of.ts";
import { readable, refusalOf } from "./store-refusals.ts";
import { StoreWrites } from "./store-writes.ts";
import { storedReceipts } from "./stored-receipts.ts";

export interface LocalEngineOptions extends LanesOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly observer?: EngineObserver | undefined;
}

/** The engine of one process: bounded channels for the commands, and a store for what must be kept. */
export function createLocalEngine(options: LocalEngineOptions): Engine {
  return new LocalEngine(options);
}

class LocalEngine implements Engine {
  readonly capabilities: EngineCapabilities;
  readonly shards = 1;
  readonly #store: JobStore;
  readonly #observer: EngineObserver | undefined;
  readonly #writes: StoreWrites;
  readonly #changes: ChangeFeed;
  readonly #fates: FateLog;
  readonly #answers: Answers;
  readonly #earlier: EarlierAnswers;
  readonly #lanes: Lanes;
  readonly #commandOptions: Omit<QueuedCommandOptions, "content">;
  /** Commands that are not settled yet. */
  readonly #commands = new CommandIndex();
  readonly #leadership = new Leadership();
  readonly #outcomes = noOutcomes();
  #tokenWaitMs: TokenWaitOf = noWait;
  #committing: Promise<void> = Promise.resolve();
  /** True once the store is lost: nobody leads any more. */
  #isLost = false;
  /** Set once the engine ends. */
  #disposing: Promise<void> | undefined;

  constructor({ store, clock, lanes, maxWaiters, observer }: LocalEngineOptions) {
    this.#store = store;
    this.#observer = observer;
    this.#writes = new StoreWrites(store, { clock, observer });
    this.#changes = new ChangeFeed(store, clock);
    this.#fates = new FateLog({ commit: (batch) => this.#writes.commit(batch), clock });
    this.#answers = new Answers(clock);
    const capacity = lanes.reduce((most, lane) => Math.max(most, lane.capacity), mostAsked) + maxWaiters;
    this.#earlier = new EarlierAnswers({ receipt: (id) => store.receipt(id), capacity });
    this.#lanes = new Lanes({ lanes, maxWaiters });
    this.#commandOptions = {
      clock,
      tokenWaitMs: (entry) => this.#tokenWaitMs(entry),
      onPlaced: (entry) => void this.#acceptForGood(entry),
      onAbandoned: (entry, outcome) => this.#abandon(entry, outcome),
      onRefused: (entry, settlement) => this.#endWithoutCommit(entry, settlement),
      onSettled: (entry) => this.#onSettled(entry),
    };
    const fullModes = new Set(lanes.map((lane) => lane.fullMode));
    this.capabilities = { shared: false, durability: store.durability, fullModes };
  }

  async open(options: OpenOptions = {}): Promise<Recovered> {
    options.signal?.throwIfAborted();
    const { pending, ...recovered } = await this.#store.load(options);
    this.#lanes.restore(pending.map((accepted) => this.#restored(accepted)));
    return recovered;
  }

  async submit(command: Command, { signal }: Abortable = {}): Promise<Ticket> {
    const { requestId, deadlineMs } = command;
    if (signal?.aborted) throw new JobControlError(cancelled);
    if (this.#disposing !== undefined) throw new JobControlError(drained);
    if (deadlineMs !== undefined && deadlineMs <= this.#commandOptions.clock.now())
      throw new JobControlError(expired);
    const known = this.#commands.find({ requestId });
    const entry = known ?? this.#queued(command);
    if (known !== undefined && known.content !== fingerprintOf(command))
      throw new JobControlError(requestIdReused(requestId));
    const ticket = entry.join({ signal, deadlineMs, joined: known !== undefined });
    if (known === undefined) this.#bringIn(entry);
    if (entry.isPending) await ticket.admitted();
    const { refusal } = entry;
    // Whoever hands it on completes it first.
    if (refusal !== undefined) throw withoutStack(() => new JobControlError(refusal));
    return ticket;
  }

  lead(_shard: number, onLead: (lease: Lease) => Promise<void>, options: Abortable = {}): Promise<void> {
    return this.#leadership.take((term) => this.#lead(term, onLead), options);
  }

  changes(after: number, options: Abortable = {}): AsyncIterable<Change> {
    return this.#changes.changes(after, options);
  }

  runs(jobId: string, page: RunPageRequest): Promise<RunPage> {
    return readable(() => this.#store.runs(jobId, page));
  }

  async receipt(id: ReceiptId): Promise<Receipt | undefined> {
    const queued = this.#commands.find(id);
    if (queued !== undefined && !queued.isPending) return queued.receipt("accepted");
    const kept = this.#fates.find(id) ?? (await readable(() => this.#store.receipt(id)));
    return kept?.settlement.receipt;
  }

  get hasRoom(): boolean {
    return this.#store.full === undefined;
  }

  stats(): EngineStats {
    return {
      lanes: this.#lanes.stats(),
      outcomes: { ...this.#outcomes, accepted: this.#lanes.accepted },
      canWrite: this.#writes.canWrite && this.hasRoom,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    for (const entry of this.#lanes.complete()) entry.refuse("drained", drained);
    this.#changes.end();
    await this.#fates.end();
    for (const { settlement } of this.#fates.unwritten)
      this.#commands.find(settlement.receipt)?.settleUnwritten(settlement);
    await this.#store[Symbol.asyncDispose]();
  }

  /** One term. What its leader took and did not commit when it ends has nobody any more who would. */
  async #lead(term: number, onLead: (lease: Lease) => Promise<void>): Promise<void> {
    const commit = (batch: Commit, options: CommitOptions = {}) => {
      const committed = this.#commit(batch, term, options);
      this.#committing = committed.catch(() => {});
      return committed;
    };
    const explainWaits = (tokenWaitMs: TokenWaitOf) => {
      this.#tokenWaitMs = tokenWaitMs;
    };
    const { lost = neverLost } = this.#store;
    try {
      await onLead({ term, lost, commands: this.#lanes, explainWaits, commit });
    } finally {
      this.#tokenWaitMs = noWait;
      await this.#committing;
      for (const entry of this.#lanes.taken) this.#fail(entry, leadLost);
    }
    if (lost.aborted) this.#refuseAll();
    lost.throwIfAborted();
  }

  /** The store is lost. What it holds as accepted is for the next to settle; nobody waits for anything else. */
  #refuseAll(): void {
    this.#isLost = true;
    for (const entry of this.#lanes.complete())
      if (!entry.isDurable) entry.refuse("rejected", storeUnavailable);
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
      if (!isEmpty(batch)) await this.#writes.commit(batch);
    } catch (cause) {
      const refusal = refusalOf(cause);
      for (const { entry } of settled) this.#failCommit(entry, refusal);
      throw new JobControlError(refusal, { cause });
    }
    try {
      onWritten?.();
    } finally {
      // It is written, whatever its leader comes to: from now on nothing else can become of the commands, whenever their callers are told.
      if (changes.length > 0) this.#changes.wake();
      for (const { entry, settlement } of settled) entry.end(settlement);
      void this.#fates.flush();
      await this.#answers.tell(settled.map(({ entry }) => entry));
    }
  }

  #restored({ command, acceptTimeMs }: AcceptedCommand): readonly [QueuedCommand, number] {
    const entry = this.#queued(command);
    this.#commands.add(entry);
    return [entry, acceptTimeMs];
  }

  #queued(command: Command): QueuedCommand {
    const content = command.requestId === "" ? "" : fingerprintOf(command);
    return new QueuedCommand(command, { ...this.#commandOptions, content });
  }

  #bringIn(entry: QueuedCommand): void {
    this.#commands.add(entry);
    if (entry.command.requestId === "") this.#enqueue(entry);
    else if (this.#earlier.isFull(entry.command)) this.#lanes.turnAway(entry);
    else void this.#replayOrEnqueue(entry);
  }

  #enqueue(entry: QueuedCommand): void {
    const { full } = this.#store;
    if (this.#isLost) entry.refuse("rejected", storeUnavailable);
    else if (full !== undefined && beginsWork(entry.command)) entry.refuse("rejected", full);
    else this.#lanes.enqueue(entry);
  }

  /** The same request may have been answered in the past: then it gets that answer again. Never rejects. */
  async #replayOrEnqueue(entry: QueuedCommand): Promise<void> {
    const { requestId } = entry.command;
    try {
      const kept = await this.#earlier.find(entry.command);
      if (entry.settlement !== undefined) return;
      if (this.#disposing !== undefined) entry.refuse("drained", drained);
      else if (kept === undefined) this.#enqueue(entry);
      else if (kept.content === entry.content) entry.replay(kept.settlement);
      else entry.refuse("rejected", requestIdReused(requestId));
    } catch (error) {
      entry.refuse("rejected", refusalOf(error));
    }
  }

  /** Answers its callers once it cannot be lost any more. Never rejects. */
  async #acceptForGood(entry: QueuedCommand): Promise<void> {
    const { command, acceptTimeMs } = entry;
    if (!isChange(command)) return;
    try {
      await this.#writes.commit({ ...emptyBatch, accepted: [{ command, acceptTimeMs }] });
      entry.admit();
    } catch (error) {
      // Where the leader has it already, its commit decides. Where it has met its end already, nothing is to be undone.
      if (this.#lanes.withdraw(entry)) entry.refuse("rejected", refusalOf(error));
      else entry.settleRefused();
    }
  }

  #abandon(entry: QueuedCommand, outcome: "cancelled" | "expired"): void {
    // It is in its place until its receipt is made: how long it has waited for what is told by that.
    entry.refuse(outcome, outcome === "expired" ? expired : cancelled);
    this.#lanes.withdraw(entry);
  }

  /** A batch that it was in could not be written. What needs no writing is read again, in another batch. */
  #failCommit(entry: QueuedCommand, refusal: Refusal): void {
    if (!isChange(entry.command)) this.#lanes.giveBack([entry]);
    else if (entry.isDurable) this.#lanes.putAside(entry);
    else entry.refuse("rejected", refusal);
  }

  /** The leader's work on it was for nothing. What was accepted for good is not refused, but waits for another try. */
  #fail(entry: QueuedCommand, refusal: Refusal): void {
    if (entry.isDurable) this.#lanes.giveBack([entry]);
    else entry.refuse("rejected", refusal);
  }

  /** What the store holds as accepted is settled only once it holds the fate instead. */
  #endWithoutCommit(entry: QueuedCommand, settlement: Settlement): void {
    const [stored] = storedReceipts(entry, settlement);
    const onWritten = entry.isForGood && entry.acceptOrder > 0 ? () => entry.settle(settlement) : undefined;
    if (stored !== undefined) this.#fates.add({ stored, onWritten });
    if (stored === undefined || onWritten === undefined) entry.settle(settlement);
  }

  #onSettled(entry: QueuedCommand): void {
    const { settlement, replayed } = entry;
    if (settlement !== undefined && !replayed) {
      this.#outcomes[settlement.receipt.outcome]++;
      this.#observer?.commandSettled(entry.command, settlement.receipt, settlement.answer);
    }
    this.#lanes.forget(entry);
    this.#commands.delete(entry);
  }
}

/** Where the lanes take less, so many requests may wait all the same until it is known whether they are new. */
const mostAsked = 1000;

const noWait: TokenWaitOf = () => 0;
const neverLost = new AbortController().signal;

function noOutcomes(): Record<Outcome, number> {
  return Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}
