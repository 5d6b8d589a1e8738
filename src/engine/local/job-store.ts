import type { Circuit } from "../../job/circuit.ts";
import type { ChangeCommand } from "../../job/command.ts";
import type { Refusal } from "../../job/errors.ts";
import type { Change, Job, RunRecord } from "../../job/job.ts";
import { isReplayed, type Settlement } from "../../job/settlement.ts";
import type {
  EngineCapabilities,
  OpenOptions,
  ReceiptId,
  Recovered,
  RunPage,
  RunPageRequest,
} from "../engine.ts";

/**
 * Where the local engine keeps what must outlive a command: jobs, the history of changes, runs, the circuits of
 * job types, receipts, and the commands that were accepted for good and are not settled yet.
 * One engine uses one store, alone. A store decides nothing; it writes whole batches or nothing of them.
 */
export interface JobStore extends AsyncDisposable {
  readonly durability: EngineCapabilities["durability"];

  /**
   * Set while there is room only for what ends what goes on: why nothing new may be begun. Batches are written as long
   * as that room lasts, whatever is in them.
   */
  readonly full?: Refusal | undefined;

  /** Fires, with an error, when nothing can be written any more, whatever happens: what it holds is for the next to take over. */
  readonly lost?: AbortSignal;

  /** Opens the store and tells what it holds. Called once, before anything else. */
  load(options?: OpenOptions): Promise<StoredState>;

  /**
   * Writes a batch, all or nothing. Batches take effect in the order of the calls, also where one call does not wait
   * for the other. Rejects with a `JobControlError` (STORE_UNAVAILABLE, STORE_FULL).
   */
  commit(batch: StoredBatch): Promise<void>;

  /**
   * At most `limit` changes after the revision `after`, in order; empty where there are none yet.
   * Rejects with `HistoryGoneError` where some of them are no longer kept, or `after` lies ahead. However little is
   * kept, it is all of the last two batches: who follows step by step misses nothing.
   */
  history(after: number, limit: number): Promise<readonly Change[]>;

  runs(jobId: string, page: RunPageRequest): Promise<RunPage>;

  /** By request id the answer, where one was given, or else the last refusal; kept for `receiptRetentionMs`. */
  receipt(id: ReceiptId): Promise<StoredReceipt | undefined>;
}

/** What the last life of the store left behind. */
export interface StoredState extends Recovered {
  /** Commands that were accepted and not settled, in the order of acceptance. */
  readonly pending: readonly AcceptedCommand[];
}

/** A command whose caller was told that it is accepted, and that must not be lost therefore. */
export interface AcceptedCommand {
  readonly command: ChangeCommand;
  readonly acceptTimeMs: number;
}

export interface StoredBatch {
  /** Kept until a receipt of theirs is written. */
  readonly accepted: readonly AcceptedCommand[];
  readonly changes: readonly Change[];
  /** The new content of every job in `changes` that was not removed. */
  readonly jobs: ReadonlyMap<string, Job>;
  readonly runs: readonly RunRecord[];
  /** By the names of their types. One that is closed and has seen no failure is forgotten. */
  readonly circuits: ReadonlyMap<string, Circuit>;
  readonly receipts: readonly StoredReceipt[];
}

/** Nothing to write: what other batches are made from. */
export const emptyBatch: StoredBatch = {
  accepted: [],
  changes: [],
  jobs: new Map(),
  runs: [],
  circuits: new Map(),
  receipts: [],
};

/** True where there is nothing to write. */
export function isEmpty({ accepted, changes, runs, circuits, receipts }: StoredBatch): boolean {
  return accepted.length + changes.length + runs.length + circuits.size + receipts.length === 0;
}

/** What became of a command that changes a job, kept so that it can be told again. */
export interface StoredReceipt {
  /** Of what was asked, or empty without a request id: the same request id with other content is refused. */
  readonly content: string;
  readonly settlement: Settlement;
}

/**
 * True where it answers a request id for good. All others, refusals and what nobody can ask again, are kept apart, so that
 * no flood of them costs an answer.
 */
export function replays({ settlement: { receipt } }: StoredReceipt): boolean {
  return receipt.requestId !== "" && isReplayed(receipt.outcome);
}

/** How long a receipt is kept, as long as there are not too many newer ones. */
export const receiptRetentionMs = 24 * 60 * 60 * 1000;
