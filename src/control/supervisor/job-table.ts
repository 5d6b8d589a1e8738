import type { Clock } from "../../async/clock.ts";
import { type InTurnsOptions, inTurns } from "../../async/in-turns.ts";
import type { Recovered } from "../../engine/engine.ts";
import { type Circuit, closedCircuit, isUntroubled, withoutProbes } from "../../job/circuit.ts";
import type { Job } from "../../job/job.ts";
import type { Slot } from "../../job/job-event.ts";
import type { JobType } from "../../job/job-type.ts";
import { Batch, type StagedChange } from "./batch.ts";
import { Slots, type TypeLoad } from "./slots.ts";

/**
 * The jobs as they will be once the batch that is being made is committed, with the revisions that they get, who of
 * them has a slot of its type, and how the circuits of the types stand. The supervisor stages what it has decided, also
 * while the batch before is being committed; a commit that fails takes all of it back.
 */
export class JobTable {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Job>();
  readonly #slots = new Slots();
  /** By the name of the type; one that is closed and has seen no failure is not there. */
  readonly #circuits = new Map<string, Circuit>();
  #revision = 0;
  #batch = new Batch(0);
  /** What is being committed. */
  #sealed: Batch | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes over what the engine held. */
  async restore(
    { jobs, circuits, revision }: Pick<Recovered, "jobs" | "circuits" | "revision">,
    turns: InTurnsOptions,
  ): Promise<void> {
    this.#revision = revision;
    this.#batch = new Batch(revision);
    await inTurns(jobs, (job) => this.#put(job.status.jobId, job), turns);
    for (const [typeName, circuit] of circuits) this.#putCircuit(typeName, circuit);
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

  /** True while a batch is being committed. */
  get isSealed(): boolean {
    return this.#sealed !== undefined;
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  /** As the last commit left it, whatever is staged. */
  committed(jobId: string): Job | undefined {
    const batch = this.#sealed?.before.has(jobId) ? this.#sealed : this.#batch;
    return batch.before.has(jobId) ? batch.before.get(jobId) : this.#jobs.get(jobId);
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

  /** How many runs of the type go on, and how many jobs wait for one of them to end. */
  load(type: JobType): TypeLoad {
    return this.#slots.load(type);
  }

  circuit(typeName: string): Circuit {
    return this.#circuits.get(typeName) ?? closedCircuit;
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

  stageCircuit(typeName: string, after: Circuit): void {
    const before = this.circuit(typeName);
    if (after === before) return;
    this.#putCircuit(typeName, after);
    this.#batch.addCircuit(typeName, { before, after });
  }

  /** After the end of a server no run probes any more; and of a type that is not guarded any more nothing is kept. */
  recoverCircuits(isGuarded: (typeName: string) => boolean): void {
    for (const [typeName, circuit] of this.#circuits)
      this.stageCircuit(typeName, isGuarded(typeName) ? withoutProbes(circuit) : closedCircuit);
  }

  /** The batch is to be committed, and the next one begins. One at a time. */
  seal(): Batch {
    const sealed = this.#batch;
    this.#sealed = sealed;
    this.#batch = new Batch(this.#revision);
    return sealed;
  }

  /** The sealed batch is committed: gives it out. */
  takeCommitted(): Batch {
    const batch = this.#sealed;
    if (batch === undefined) throw new TypeError("No batch is being committed");
    this.#sealed = undefined;
    return batch;
  }

  /** Every job and circuit is again as it was before the sealed batch, and before what was staged on top of it. */
  rollback(): void {
    for (const { before, circuitsBefore, revisionBefore } of [this.#batch, this.#sealed ?? this.#batch]) {
      for (const [jobId, job] of before) this.#put(jobId, job);
      for (const [typeName, circuit] of circuitsBefore) this.#putCircuit(typeName, circuit);
      this.#revision = revisionBefore;
    }
    this.#sealed = undefined;
    this.#batch = new Batch(this.#revision);
  }

  #putCircuit(typeName: string, circuit: Circuit): void {
    if (isUntroubled(circuit)) this.#circuits.delete(typeName);
    else this.#circuits.set(typeName, circuit);
  }

  #put(jobId: string, job: Job | undefined): void {
    this.#slots.moved(this.#jobs.get(jobId), job);
    if (job === undefined) this.#jobs.delete(jobId);
    else this.#jobs.set(jobId, job);
  }
}
