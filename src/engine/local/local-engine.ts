import type { Abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { beginsWork, type Command, isChange } from "../../job/command.ts";
import { JobControlError } from "../../job/errors.ts";
import type { Change } from "../../job/job.ts";
import { type Outcome, outcomes, type Receipt, type Settlement } from "../../job/settlement.ts";
import { withoutStack } from "../../job/without-stack.ts";
import type {
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
} from "../engine.ts";
import { Answers } from "./answers.ts";
import { ChangeFeed } from "./change-feed.ts";
import { CommandIndex } from "./command-index.ts";
import { EarlierAnswers } from "./earlier-answers.ts";
import { FateLog } from "./fate-log.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type AcceptedCommand, emptyBatch, type JobStore, replays } from "./job-store.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";
import { QueuedCommand, type QueuedCommandOptions } from "./queued-command.ts";
import { cancelled, drained, expired, requestIdReused, storeUnavailable } from "./refusals.ts";
import { readable, refusalOf } from "./store-refusals.ts";
import { StoreWrites } from "./store-writes.ts";
import { storedReceipts } from "./stored-receipts.ts";
import { Terms } from "./terms.ts";

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
  readonly #earlier: EarlierAnswers;
  readonly #lanes: Lanes;
  readonly #terms: Terms;
  readonly #commandOptions: Omit<QueuedCommandOptions, "content">;
  /** Commands that are not settled yet. */
  readonly #commands = new CommandIndex();
  readonly #outcomes = noOutcomes();
  /** Set once the engine ends. */
  #disposing: Promise<void> | undefined;

  constructor({ store, clock, lanes, maxWaiters, observer }: LocalEngineOptions) {
    this.#store = store;
    this.#observer = observer;
    this.#writes = new StoreWrites(store, { clock, observer });
    this.#changes = new ChangeFeed(store, clock);
    this.#fates = new FateLog({ commit: (batch) => this.#writes.commit(batch), clock });
    const capacity = lanes.reduce((most, lane) => Math.max(most, lane.capacity), mostAsked) + maxWaiters;
    this.#earlier = new EarlierAnswers({ receipt: (id) => store.receipt(id), capacity });
    this.#lanes = new Lanes({ lanes, maxWaiters });
    this.#terms = new Terms({
      store,
      writes: this.#writes,
      lanes: this.#lanes,
      changes: this.#changes,
      answers: new Answers(clock),
      fates: this.#fates,
    });
    this.#commandOptions = {
      clock,
      tokenWaitMs: (entry) => this.#terms.tokenWaitMs(entry),
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
    return this.#terms.lead(onLead, options);
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
    const unwritten = this.#fates.find(id);
    if (unwritten !== undefined && "commandId" in id) return unwritten.settlement.receipt;
    const kept = await readable(() => this.#store.receipt(id));
    // As in the store: an answer stands above the refusals of earlier tries, though they are written after it.
    const last = kept !== undefined && replays(kept) ? kept : (unwritten ?? kept);
    return last?.settlement.receipt;
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
    if (this.#terms.isLost) entry.refuse("rejected", storeUnavailable);
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

function noOutcomes(): Record<Outcome, number> {
  return Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}
