import type { Job } from "../../../job/job.ts";
import type { StoredBatch } from "../job-store.ts";

/**
 * What the file holds, as far as it matters for what is written next: inputs and results, which are written only where
 * they have changed, and the commands that are pending. It runs ahead of the file by what is under way.
 */
export class StoredContent {
  readonly #data: Map<string, JobData>;
  /** Jobs of which a batch has failed: their data is written again, whatever it is. */
  readonly #doubtful = new Set<string>();
  readonly #pending = new Set<string>();

  /** Begins with what the file holds; `data` is its own from then on. Default: nothing */
  constructor(data = new Map<string, JobData>()) {
    this.#data = data;
  }

  /** True where the file has the input and the result of the job already. */
  hasData({ status: { jobId }, input, result }: Job): boolean {
    const data = this.#data.get(jobId);
    return !this.#doubtful.has(jobId) && input === data?.input && result === data?.result;
  }

  /** False where a command is certainly not pending. */
  hasPending(commandId: string): boolean {
    return this.#pending.has(commandId);
  }

  /** The batch is in the file, or on its way there. */
  add({
    accepted,
    changes,
    jobs,
    receipts,
  }: Pick<StoredBatch, "accepted" | "changes" | "jobs" | "receipts">): void {
    for (const { command } of accepted) this.#pending.add(command.commandId);
    for (const { settlement } of receipts) this.#pending.delete(settlement.receipt.commandId);
    for (const { kind, status } of changes) if (kind === "removed") this.#forget(status.jobId);
    for (const [jobId, { input, result }] of jobs) {
      this.#doubtful.delete(jobId);
      if (input === undefined && result === undefined) this.#data.delete(jobId);
      else this.#data.set(jobId, { input, result });
    }
  }

  /** These batches did not get into the file. In the order in which they were added, with what each had found pending. */
  doubt(failed: readonly FailedBatch[]): void {
    for (const { batch, settled } of failed.toReversed()) {
      for (const { status } of batch.changes) this.#doubtful.add(status.jobId);
      for (const commandId of settled) this.#pending.add(commandId);
      for (const { command } of batch.accepted) this.#pending.delete(command.commandId);
    }
  }

  #forget(jobId: string): void {
    this.#data.delete(jobId);
    this.#doubtful.delete(jobId);
  }
}

/** What of a job has a row of its own. */
export type JobData = Pick<Job, "input" | "result">;

export interface FailedBatch {
  readonly batch: StoredBatch;
  readonly settled: readonly string[];
}
