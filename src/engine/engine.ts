import type { Abortable } from "../async/abort.ts";
import type { FullMode } from "../channel/index.ts";
import type { Circuit } from "../job/circuit.ts";
import type { Command, Priority } from "../job/command.ts";
import type { Refusal } from "../job/errors.ts";
import type { Change, Job, RunRecord } from "../job/job.ts";
import type { RunStatus } from "../job/job-status.ts";
import type { Answer, Outcome, Receipt, Settlement } from "../job/settlement.ts";

/**
 * The seam between the RPCs and the jobs, and the one on which one process becomes many: it takes commands in,
 * hands them to the one consumer that leads, commits what the consumer decided, and tells everybody what
 * changed. The controller submits, the consumer leads, the status hub follows the changes. Every engine passes
 * the conformance suite of `jobcontrol/testing`.
 */
export interface Engine extends AsyncDisposable {
  readonly capabilities: EngineCapabilities;
  /** How many leaders there can be; a job belongs to one shard. 1 in one process. */
  readonly shards: number;

  /**
   * Makes the engine ready and tells what it already holds. Commands that were accepted before and not settled are
   * in their lanes again, in their order. Call it once, before anything else.
   * Cancellation: rejects with the signal's reason, and the engine is as before.
   */
  open(options?: OpenOptions): Promise<Recovered>;

  /**
   * Takes a command into its lane. Resolves as soon as it is accepted, with `replyMode` `accepted` as durably as the
   * engine promises: it is then applied once, whatever happens, or its fate is told by `receipt`;
   * rejects with a `JobControlError` that tells its fate where it is refused. The same request id is the same
   * ticket while the first is queued or its answer is kept. A moment before the deadline the command is settled
   * as `expired`, as if its caller had gone away; each caller for the same request id has a deadline of its own.
   * Cancellation: before acceptance it rejects and leaves nothing behind; afterwards the command is settled as
   * `cancelled` unless it was already taken, accepted for good (`replyMode`), or another caller waits for it.
   */
  submit(command: Command, options?: Abortable): Promise<Ticket>;

  /**
   * Waits to be the shard's leader, then runs `onLead`; resolves when that has ended. What it took and did not
   * commit is settled then (`STORE_UNAVAILABLE`), or left to the next leader where it was accepted for good. Rejects where
   * nobody can lead any more: what waits is settled so, too, and what comes.
   * Cancellation: stops waiting; once it leads, `onLead` decides when to end.
   */
  lead(shard: number, onLead: (lease: Lease) => Promise<void>, options?: Abortable): Promise<void>;

  /**
   * Every committed change after the revision `after`, in order, then those to come.
   * Throws `HistoryGoneError` where changes after `after` are no longer kept, or `after` lies ahead.
   * Cancellation: the iteration ends, without an error.
   */
  changes(after: number, options?: Abortable): AsyncIterable<Change>;

  /** The runs of a job, newest first. */
  runs(jobId: string, page: RunPageRequest): Promise<RunPage>;

  /**
   * What became of a command that changes a job, by either of its ids: `accepted` while it is queued, then its fate,
   * also where it was refused. Every fate is kept for its time (24 hours, and not more than a bounded number), but
   * that of a command that the store could not write. By request id: the answer, or the refusal of the last try.
   * Undefined where it is not known (any more).
   */
  receipt(id: ReceiptId): Promise<Receipt | undefined>;

  /**
   * False while the store is full: what begins work is refused, and the leader begins nothing by itself, so that there is
   * room for what ends it.
   */
  readonly hasRoom: boolean;

  /** How full the lanes are right now, and what became of the commands so far. */
  stats(): EngineStats;

  /**
   * Settles what still waits as `drained`, refuses what comes, and lets go of the store. What was accepted for good
   * and cannot be settled durably stays accepted.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface EngineCapabilities {
  /** True: several processes can share the jobs. */
  readonly shared: boolean;
  /** What an accepted command or a commit survives: nothing, the end of the process, power loss, lost machines. */
  readonly durability: "none" | "process" | "fsync" | "quorum";
  readonly fullModes: ReadonlySet<FullMode>;
}

export interface OpenOptions extends Abortable {
  /**
   * Called once, as soon as what the engine holds is certainly this process's to take over, and before the most of it is
   * read: that can take seconds. It may turn out only then that it cannot be read.
   */
  readonly onHeld?: (() => void) | undefined;
}

/** What `open` found: where the last life of the store ended. */
export interface Recovered {
  /** Names one unbroken count of revisions. Letters and digits; another epoch means that tokens start anew. */
  readonly epoch: string;
  /** The last revision that was committed; 0 in a new store. */
  readonly revision: number;
  /** The lowest revision after which `changes` still tells every change. */
  readonly oldestCursor: number;
  readonly jobs: readonly Job[];
  /** By the names of their types: all that were committed, but for those that are closed and have seen no failure. */
  readonly circuits: ReadonlyMap<string, Circuit>;
}

/** A command that was accepted. */
export interface Ticket {
  /** True: an earlier call with the same request id brought it in. */
  readonly replayed: boolean;
  /** As far as it is known at acceptance. */
  readonly receipt: Receipt;
  /** What became of it. Resolves for every fate; rejects only for a caller who left while others wait. */
  settled(): Promise<Settlement>;
}

/** The right to apply commands and to commit, of one leader, until it is lost. */
export interface Lease {
  /** Rises with every leader of the shard; a commit of an earlier term is refused (`STORE_UNAVAILABLE`). */
  readonly term: number;
  /** Fires when another leads, or nobody can any more: let go of the jobs. */
  readonly lost: AbortSignal;
  readonly commands: CommandQueue;
  /** Says how the leader tells the wait for a token of a command that waits, in its lane or set aside. Unset: there is none. */
  explainWaits(tokenWaitMs: TokenWaitOf): void;
  /**
   * Makes a batch permanent, then publishes its changes and settles its commands: all or nothing. Where nothing
   * was written it rejects with a `JobControlError` (`STORE_UNAVAILABLE`, `STORE_FULL`), and the commands of the
   * batch that change a job are settled with that as their refusal. Those that were accepted for good are set aside
   * instead, and reads go back to the head of their lanes. One commit at a time; the next may begin in `onWritten`.
   */
  commit(batch: Commit, options?: CommitOptions): Promise<void>;
}

/** How long a command has waited for its token so far, in milliseconds: 0 unless its turn is next, or was before. Asked while it waits. */
export type TokenWaitOf = (command: Delivery) => number;

export interface CommitOptions {
  /** Called once the batch is permanent, before anybody is told. */
  readonly onWritten?: () => void;
}

/** The leader's side of the lanes. */
export interface CommandQueue {
  /** How many commands wait, in the lanes or for room in them; not those that were set aside. */
  readonly count: number;
  /** How many commands were set aside, or could not be committed for now. */
  readonly asideCount: number;
  /** The best command: higher lanes first, with a turn for a lower one after eight in a row. */
  tryRead(): Delivery | undefined;
  /** The command that `tryRead` would give now. */
  tryPeek(): Delivery | undefined;
  /**
   * Puts back a command that was read and cannot be applied yet. It waits as if it were still in its lane: its
   * caller may leave, its deadline counts, a Stop overtakes it. False where too many wait like this already.
   */
  setAside(delivery: Delivery): boolean;
  /** Takes back commands that were read and will not be committed: each is in its lane again, at its old place. */
  giveBack(deliveries: readonly Delivery[]): void;
  /** The first command that was set aside, or that could not be committed for now, and is `ready`. */
  tryReadAside(ready: (command: Command) => boolean): Delivery | undefined;
  /** Takes the Starts of a Stop's job that were accepted before it, in every lane, so that it stays stopped. */
  takeSuperseded(by: Delivery): readonly Delivery[];
  /**
   * True when there is a command to read, or as many as are waited for; false when none will come any more.
   * Cancellation: rejects with the signal's reason; no command is lost.
   */
  waitToRead(options?: WaitToReadOptions): Promise<boolean>;
}

export interface WaitToReadOptions extends Abortable {
  /** Commands that must be there to read, unless a lane is full before there are so many. Default 1. */
  readonly atLeast?: number;
}

/** A command that the leader took. It must be settled by a commit. */
export interface Delivery {
  readonly command: Command;
  readonly acceptTimeMs: number;
  /** For measuring how long it waited in its lane, on the monotonic clock of the process that took it. */
  readonly acceptedAtMs: number;
}

/** What the consumer decided in one go. */
export interface Commit {
  /** With consecutive revisions, from the last committed one on. */
  readonly changes: readonly Change[];
  /** The new content of every job in `changes` that was not removed. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** Runs that ended. */
  readonly runs: readonly RunRecord[];
  /** The circuits of job types that have changed, by the names of the types. */
  readonly circuits: ReadonlyMap<string, Circuit>;
  readonly decisions: readonly Decision[];
}

/** The fate of one delivery. */
export interface Decision {
  readonly delivery: Delivery;
  readonly outcome: Extract<
    Outcome,
    "applied" | "no-change" | "rejected" | "dropped" | "superseded" | "drained"
  >;
  readonly revision: number;
  /** Unset where it has no effect. */
  readonly applyTimeMs?: number | undefined;
  readonly queueWaitMs: number;
  readonly tokenWaitMs: number;
  readonly answer?: Answer | undefined;
  readonly refusal?: Refusal | undefined;
}

export type ReceiptId = { readonly commandId: string } | { readonly requestId: string };

export interface RunPageRequest {
  readonly size: number;
  /** Runs older than this one; unset: from the newest on. */
  readonly before?: string | undefined;
}

export interface RunPage {
  readonly runs: readonly RunStatus[];
  /** Pass it as `before` to go on; unset on the last page. */
  readonly next?: string | undefined;
}

/** Hears how an engine does. It is called in the way of every command, so it has to be cheap; it must not throw. */
export interface EngineObserver {
  /** A command came to its end. A replayed answer is none. `answer`: what it brought, if anything. */
  commandSettled(command: Command, receipt: Receipt, answer?: Answer): void;
  /** The store has written a batch, or could not. */
  storeCommitted(durationMs: number, succeeded: boolean): void;
}

export interface EngineStats {
  readonly lanes: readonly LaneStats[];
  /** How many commands have come to each outcome in this life of the engine. Replays are not counted again. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** False from a write of the store that failed to the next that succeeds. */
  readonly canWrite: boolean;
}

export interface LaneStats {
  readonly priority: Priority;
  readonly fullMode: FullMode;
  readonly capacity: number;
  /** Commands in the lane. */
  readonly depth: number;
  /** Commands that wait for room in it. */
  readonly waitingWriters: number;
  /** Turns that it has had in a row while a lower one waited. */
  readonly turnsInARow: number;
  /** Since when the oldest command in the lane waits there, on the monotonic clock; unset where it is empty. */
  readonly oldestAcceptedAtMs?: number | undefined;
}

/** Changes that were asked for are no longer kept, or have not happened in this epoch. */
export class HistoryGoneError extends Error {
  override readonly name = "HistoryGoneError";
}
