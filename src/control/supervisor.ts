import type { Clock } from "../async/clock.ts";
import { assertNever } from "../job/assert-never.ts";
import type { ChangeCommand, StartCommand, StopCommand } from "../job/command.ts";
import type { Refusal } from "../job/errors.ts";
import { createJob, type Job } from "../job/job.ts";
import type { Context, Effect, JobEvent, Transition } from "../job/job-event.ts";
import { isSettled } from "../job/job-state.ts";
import { type JobType, undeclaredType } from "../job/job-type.ts";
import type { Answer } from "../job/settlement.ts";
import { transition } from "../job/state-machine.ts";
import type { Runner } from "../runner/runner.ts";
import { Batch, type StagedChange } from "./batch.ts";
import { JobTimers } from "./job-timers.ts";
import type { PostedEvent } from "./posted-event.ts";
import { jobNotFound, staleEtag, tooManyJobs, typeNotFound, wrongType } from "./refusals.ts";
import { Runs } from "./runs.ts";

export interface SupervisorOptions {
  readonly types: ReadonlyMap<string, JobType>;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Start refuses to make more jobs than this. */
  readonly maxJobs: number;
  /** Where events go that come from runs and timers, to be handled in their turn. */
  readonly post: (event: PostedEvent) => void;
}

/** What a command comes to. */
export type Verdict =
  | { readonly outcome: "applied" | "no-change"; readonly answer: Answer }
  | { readonly outcome: "rejected"; readonly refusal: Refusal };

/**
 * Holds the jobs and lets the state machine decide about them. The consumer alone calls it, and in batches:
 * `apply` and `handle` decide and stage; `batch` is what must be committed; then `carryOut` does what follows
 * from it (runs, timers), or `rollback` forgets it.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #runs: Runs;
  readonly #timers: JobTimers;
  readonly #jobs = new Map<string, Job>();
  #revision = 0;
  #batch = new Batch(0);

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#runs = new Runs(options);
    this.#timers = new JobTimers(options);
  }

  /** The last revision that was given out. */
  get revision(): number {
    return this.#revision;
  }

  /** How many runs are going on. */
  get activeRuns(): number {
    return this.#runs.count;
  }

  /** What has been staged since the last batch. */
  get batch(): Batch {
    return this.#batch;
  }

  job(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  /** Takes over what the engine held, and stages a job for every declared type that has none of its name. */
  restore(jobs: readonly Job[], revision: number): void {
    this.#revision = revision;
    this.#batch = new Batch(revision);
    for (const job of jobs) {
      this.#jobs.set(job.status.jobId, job);
      this.#timers.update(job);
    }
    for (const type of this.#options.types.values()) {
      if (!type.template && !this.#jobs.has(type.name))
        this.#stage({ before: undefined, after: this.#newJob(type.name, type) });
    }
  }

  /** Decides what a command comes to, and stages it; with `validateOnly` nothing is staged. */
  apply(command: ChangeCommand): Verdict {
    const existing = this.#jobs.get(command.jobId);
    const stale = staleEtag(command, existing);
    if (stale !== undefined) return rejected(stale);
    return command.kind === "start" ? this.#start(command, existing) : this.#stop(command, existing);
  }

  /** Decides what an event changes, and stages it. */
  handle({ jobId, uid, event }: PostedEvent): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined || job.status.uid !== uid) return;
    const decided = transition(job, event, this.#context(this.#typeOf(job)));
    if (decided.kind === "changed")
      this.#stage({
        before: job,
        after: decided.job,
        effects: decided.effects,
        progressOnly: event.kind === "progressed",
      });
    else if (decided.kind === "removed") this.#stageRemoval(job);
    else this.#timers.update(job);
  }

  /** The batch is committed: does what follows from it. */
  carryOut(): void {
    const { effects, before } = this.#batch;
    this.#batch = new Batch(this.#revision);
    for (const { job, effect } of effects) this.#carryOut(job, effect);
    for (const jobId of before.keys()) this.#updateTimer(jobId);
  }

  /** The batch could not be committed: every job is again as before it. */
  rollback(): void {
    const { before, revisionBefore } = this.#batch;
    this.#batch = new Batch(revisionBefore);
    this.#revision = revisionBefore;
    for (const [jobId, job] of before) {
      if (job === undefined) this.#jobs.delete(jobId);
      else this.#jobs.set(jobId, job);
      this.#updateTimer(jobId);
    }
  }

  /** Posts an event to every job. */
  postToAll(event: JobEvent): void {
    for (const { status } of this.#jobs.values()) this.#post(status, event);
  }

  /** Posts the end of every settled job that its type keeps no longer. A declared type's own job stays. */
  postExpired(): void {
    const nowMs = this.#options.clock.now();
    for (const job of this.#jobs.values()) {
      const { jobId, jobType, state, updateTimeMs } = job.status;
      if (!isSettled(state) || jobId === jobType) continue;
      if (nowMs - updateTimeMs >= this.#typeOf(job).retentionMs) this.#post(job.status, { kind: "expired" });
    }
  }

  /** No timer of it fires any more. Runs that are going on are the runner's to end. */
  dispose(): void {
    this.#timers.dispose();
  }

  #start(command: StartCommand, existing: Job | undefined): Verdict {
    const { jobId, jobType } = command;
    const { types, maxJobs } = this.#options;
    const typeOfJob = existing?.status.jobType;
    if (typeOfJob !== undefined && jobType !== "" && jobType !== typeOfJob)
      return rejected(wrongType(jobId, typeOfJob));
    const typeName = typeOfJob ?? (jobType === "" ? jobId : jobType);
    const type = types.get(typeName);
    if (type === undefined) return rejected(typeNotFound(typeName));
    if (existing === undefined && this.#jobs.size >= maxJobs) return rejected(tooManyJobs(maxJobs));
    const job = existing ?? this.#newJob(jobId === "" ? crypto.randomUUID() : jobId, type);
    const start = { ...command, schedule: command.schedule ?? type.schedule };
    return this.#verdict(command, job, transition(job, start, this.#context(type)));
  }

  #stop(command: StopCommand, job: Job | undefined): Verdict {
    if (job === undefined) return rejected(jobNotFound(command.jobId));
    const type = this.#typeOf(job);
    const stop = { ...command, graceMs: command.graceMs ?? type.stopGraceMs };
    return this.#verdict(command, job, transition(job, stop, this.#context(type)));
  }

  #verdict({ kind, validateOnly }: ChangeCommand, job: Job, decided: Transition): Verdict {
    if (decided.kind === "rejected") return rejected(decided.refusal);
    if (decided.kind !== "changed")
      return { outcome: "no-change", answer: { status: job.status, started: false } };
    const after = validateOnly
      ? decided.job
      : this.#stage({
          before: this.#jobs.get(job.status.jobId),
          after: decided.job,
          effects: decided.effects,
        });
    return { outcome: "applied", answer: { status: after.status, started: kind === "start" } };
  }

  #stage(change: StagedChange): Job {
    const revision = ++this.#revision;
    const status = { ...change.after.status, revision, updateTimeMs: this.#options.clock.now() };
    const job = { ...change.after, status };
    this.#jobs.set(status.jobId, job);
    this.#batch.addChange({ ...change, after: job });
    return job;
  }

  #stageRemoval(job: Job): void {
    this.#jobs.delete(job.status.jobId);
    this.#batch.addRemoval(job, ++this.#revision);
  }

  #carryOut(job: Job, effect: Effect): void {
    switch (effect.kind) {
      case "startRun":
        this.#runs.start(job, effect.run, effect.input);
        break;
      case "stopRun":
        this.#runs.stop(effect.runId);
        break;
      case "killRun":
        this.#runs.kill(effect.runId);
        break;
      case "recordRun":
        this.#runs.forget(effect.run.runId);
        break;
      default:
        assertNever(effect);
    }
  }

  #updateTimer(jobId: string): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined) this.#timers.cancel(jobId);
    else this.#timers.update(job);
  }

  #post({ jobId, uid }: Job["status"], event: JobEvent): void {
    this.#options.post({ jobId, uid, event });
  }

  #typeOf({ status }: Job): JobType {
    return this.#options.types.get(status.jobType) ?? undeclaredType(status.jobType);
  }

  #newJob(jobId: string, type: JobType): Job {
    const nowMs = this.#options.clock.now();
    return createJob({ jobId, jobType: type.name, uid: crypto.randomUUID(), schedule: type.schedule, nowMs });
  }

  #context(type: JobType): Context {
    return { nowMs: this.#options.clock.now(), type, runId: crypto.randomUUID() };
  }
}

function rejected(refusal: Refusal): Verdict {
  return { outcome: "rejected", refusal };
}
