import { type Clock, systemClock } from "../../async/clock.ts";
import { type Circuit, isUntroubled } from "../../job/circuit.ts";
import type { Change, Job } from "../../job/job.ts";
import type { RunStatus } from "../../job/job-status.ts";
import type { OpenOptions, ReceiptId, RunPage, RunPageRequest } from "../engine.ts";
import { ChangeHistory } from "./change-history.ts";
import {
  type AcceptedCommand,
  type JobStore,
  receiptRetentionMs,
  replays,
  type StoredBatch,
  type StoredReceipt,
  type StoredState,
} from "./job-store.ts";
import { ReceiptBook } from "./receipt-book.ts";

export interface MemoryStoreOptions {
  /** How many changes are kept for watches that resume. Default: 10,000 */
  readonly history?: number;
  /** How many runs are kept of each job. Default: 100 */
  readonly runsPerJob?: number;
  /** How many receipts that replay are kept; the oldest go first. Default: 100,000 */
  readonly receipts?: number;
  /** How many receipts of refusals are kept, apart, so that no flood of them costs an answer. Default: 10,000 */
  readonly refusals?: number;
  /** Default: the system's */
  readonly clock?: Clock;
}

/** A store that forgets everything with the process: for tests, for trying out, and as the oracle of others. */
export function createMemoryStore(options: MemoryStoreOptions = {}): JobStore {
  return new MemoryStore(options);
}

class MemoryStore implements JobStore {
  readonly durability = "none";
  readonly #runsPerJob: number;
  readonly #epoch = crypto.randomUUID().slice(0, 8);
  readonly #jobs = new Map<string, Job>();
  readonly #runs = new Map<string, RunStatus[]>();
  readonly #circuits = new Map<string, Circuit>();
  readonly #receipts: ReceiptBook;
  readonly #refusals: ReceiptBook;
  /** By command id, in the order of acceptance. */
  readonly #pending = new Map<string, AcceptedCommand>();
  readonly #history: ChangeHistory;

  constructor({ history = 10_000, runsPerJob = 100, ...options }: MemoryStoreOptions) {
    const { receipts = 100_000, refusals = 10_000, clock = systemClock } = options;
    const kept = { retentionMs: receiptRetentionMs, clock };
    this.#history = new ChangeHistory(history);
    this.#runsPerJob = runsPerJob;
    this.#receipts = new ReceiptBook({ ...kept, capacity: receipts });
    this.#refusals = new ReceiptBook({ ...kept, capacity: refusals });
  }

  async load({ onHeld }: OpenOptions = {}): Promise<StoredState> {
    onHeld?.();
    return {
      epoch: this.#epoch,
      revision: this.#history.revision,
      oldestCursor: this.#history.oldestCursor,
      jobs: [...this.#jobs.values()],
      circuits: new Map(this.#circuits),
      pending: [...this.#pending.values()],
    };
  }

  async commit({ accepted, changes, jobs, runs, circuits, receipts }: StoredBatch): Promise<void> {
    for (const pending of accepted) this.#pending.set(pending.command.commandId, pending);
    this.#history.add(changes);
    for (const { kind, status } of changes) if (kind === "removed") this.#forget(status.jobId);
    for (const [jobId, job] of jobs) this.#jobs.set(jobId, job);
    // Last, and for jobs that are still there: one that was removed takes its runs with it.
    for (const { jobId, run } of runs) if (this.#jobs.has(jobId)) this.#keepRun(jobId, run);
    for (const [typeName, circuit] of circuits) {
      if (isUntroubled(circuit)) this.#circuits.delete(typeName);
      else this.#circuits.set(typeName, circuit);
    }
    for (const stored of receipts) {
      this.#pending.delete(stored.settlement.receipt.commandId);
      (replays(stored) ? this.#receipts : this.#refusals).add(stored);
    }
  }

  async history(after: number, limit: number): Promise<readonly Change[]> {
    return this.#history.page(after, limit);
  }

  async runs(jobId: string, { size, before }: RunPageRequest): Promise<RunPage> {
    const newestFirst = this.#runs.get(jobId)?.toReversed() ?? [];
    const last = before === undefined ? -1 : newestFirst.findIndex((run) => run.runId === before);
    // Where the run is no longer kept, none of the older ones is.
    if (before !== undefined && last === -1) return { runs: [] };
    const start = last + 1;
    const runs = newestFirst.slice(start, start + size);
    const more = start + size < newestFirst.length;
    return { runs, next: more ? runs.at(-1)?.runId : undefined };
  }

  async receipt(id: ReceiptId): Promise<StoredReceipt | undefined> {
    // An answer stands above the refusals of earlier tries: where there is one, no later try was made.
    return this.#receipts.find(id) ?? this.#refusals.find(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #forget(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#runs.delete(jobId);
  }

  #keepRun(jobId: string, run: RunStatus): void {
    const runs = this.#runs.get(jobId) ?? [];
    runs.push(run);
    if (runs.length > this.#runsPerJob) runs.shift();
    this.#runs.set(jobId, runs);
  }
}
