import type { Clock } from "../async/clock.ts";
import type { Job } from "../job/job.ts";
import type { Slot } from "../job/job-event.ts";
import type { JobType } from "../job/job-type.ts";
import { Batch, type StagedChange } from "./batch.ts";
import { Slots } from "./slots.ts";

/**
 * The jobs as they will be once the batch that is being made is committed, with the revisions that they get, and
 * who of them has a slot of its type. The supervisor stages what it has decided; a commit that fails takes all of
 * it back.
 */
export class JobTable {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Job>();
  readonly #slots = new Slots();
  #revision = 0;
  #batch = new Batch(0);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes over what the engine held. */
  restore(jobs: readonly Job[], revision: number): void {
    this.#revision = revision;
    this.#batch = new Batch(revision);
    for (const job of jobs) this.#put(job.status.jobId, job);
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** The last revision that was given out. */
  get revision(): number {
    return this.#revision;
  }

  /** What has been staged since the last batch. */
  get batch(): Batch {
    return this.#batch;
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  /** As the last commit left it, whatever is staged. */
  committed(jobId: string): Job | undefined {
    const { before } = this.#batch;
    return before.has(jobId) ? before.get(jobId) : this.#jobs.get(jobId);
  }

  all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  slotFor(type: JobType): Slot {
    return this.#slots.slotFor(type);
  }

  /** The slot of a job whose run was lost, should the run begin again. */
  slotAgainFor(job: Job, type: JobType): Slot {
    return this.#slots.slotAgainFor(job, type);
  }

  /** The job whose turn it is to get a slot of the type, if there is one. */
  nextInLine(type: JobType): string | undefined {
    return this.#slots.next(type);
  }

  /** The job that has to leave the queue of the type, if there is one too many in it. */
  oneTooMany(type: JobType): string | undefined {
    return this.#slots.evicted(type);
  }

  /** Gives the change its revision. Returns the job as it will be committed. */
  stage(change: StagedChange): Job {
    const revision = ++this.#revision;
    const { before, after } = change;
    const status = { ...after.status, revision, updateTimeMs: this.#clock.now() };
    const queuedAt = status.state === "pending" ? (before?.queuedAt ?? revision) : undefined;
    const job = { ...after, status, queuedAt };
    this.#put(status.jobId, job);
    this.#batch.addChange({ ...change, after: job });
    return job;
  }

  stageRemoval(job: Job): void {
    this.#put(job.status.jobId, undefined);
    this.#batch.addRemoval(job, ++this.#revision);
  }

  /** The batch is committed: gives it out, and begins the next. */
  takeCommitted(): Batch {
    const batch = this.#batch;
    this.#batch = new Batch(this.#revision);
    return batch;
  }

  /** Every job is again as it was before the batch. */
  rollback(): void {
    const { before, revisionBefore } = this.#batch;
    this.#batch = new Batch(revisionBefore);
    this.#revision = revisionBefore;
    for (const [jobId, job] of before) this.#put(jobId, job);
  }

  #put(jobId: string, job: Job | undefined): void {
    this.#slots.moved(this.#jobs.get(jobId), job);
    if (job === undefined) this.#jobs.delete(jobId);
    else this.#jobs.set(jobId, job);
  }
}
