import type { Clock } from "../async/clock.ts";
import { type InTurnsOptions, inTurns } from "../async/in-turns.ts";
import type { ChangeCommand, Command, CommandReference, StartCommand } from "../job/command.ts";
import type { Job } from "../job/job.ts";
import type { JobEvent, Transition } from "../job/job-event.ts";
import { hasRun } from "../job/job-state.ts";
import type { JobType } from "../job/job-type.ts";
import type { Runner } from "../runner/runner.ts";
import type { Journal } from "../telemetry/journal.ts";
import type { Batch, StagedEffect } from "./batch.ts";
import { beginsWork, Decider } from "./decider.ts";
import { JobTable } from "./job-table.ts";
import { JobTimers } from "./job-timers.ts";
import { JobTypes } from "./job-types.ts";
import type { OutputHub } from "./output-hub.ts";
import type { PostedEvent } from "./posted-event.ts";
import { type RecoveredJobs, Recovery } from "./recovery.ts";
import { jobNotFound, staleEtag, tooManyJobs, typeNotFound, wrongType } from "./refusals.ts";
import { Retention } from "./retention.ts";
import { Runs, type RunsOptions } from "./runs.ts";
import { TypeQueues } from "./type-queues.ts";
import { type TypeStats, typeStatsOf } from "./type-stats.ts";
import { begunRun, refused, rejected, type Verdict } from "./verdict.ts";

export interface SupervisorOptions {
  readonly types: ReadonlyMap<string, JobType>;
  readonly runner: Runner;
  /** Where what the runs write is kept. */
  readonly output: OutputHub;
  readonly clock: Clock;
  /** Start refuses to make more jobs than this. */
  readonly maxJobs: number;
  /** False: no run begins, and no progress is kept, so that there is room for what ends runs. */
  readonly hasRoom: () => boolean;
  /** Where events go that come from runs and timers, to be handled in their turn. */
  readonly post: (event: PostedEvent) => void;
  readonly meter: RunsOptions["meter"];
  readonly tracing: RunsOptions["tracing"];
  readonly journal: Journal | undefined;
}

/**
 * Holds the jobs and lets the state machine decide about them. The consumer alone calls it, and in batches:
 * `apply` and `handle` decide and stage; `batch` is what must be committed, and `seal` ends it. Then the next batch is
 * staged on top of it; once the first is committed `carryOut` does what follows from it (runs, timers), or `rollback`
 * forgets both.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #types: JobTypes;
  readonly #table: JobTable;
  readonly #decider: Decider;
  readonly #queues: TypeQueues;
  readonly #runs: Runs;
  readonly #timers: JobTimers;
  readonly #retention: Retention;
  readonly #recovery: Recovery;
  /** What others are shown: nothing until all is restored. */
  #shown: JobTable;
  /** True: no run begins any more, unless a command asks for it. */
  #draining = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#types = new JobTypes(options.types);
    this.#table = new JobTable(options.clock);
    this.#shown = new JobTable(options.clock);
    this.#decider = new Decider(this.#table, options.clock);
    this.#queues = new TypeQueues({
      table: this.#table,
      decider: this.#decider,
      mayBegin: () => !this.#draining && options.hasRoom(),
      post: options.post,
    });
    this.#runs = new Runs(options);
    this.#timers = new JobTimers(options);
    const { clock, post } = options;
    this.#retention = new Retention({ table: this.#table, types: this.#types, clock, post });
    this.#recovery = new Recovery({
      table: this.#table,
      types: this.#types,
      decider: this.#decider,
      queues: this.#queues,
      recover: (job) => void this.#apply(job, { kind: "recovered" }),
    });
  }

  /** The last revision that was given out. */
  get revision(): number {
    return this.#table.revision;
  }

  /** How many runs are going on. */
  get activeRuns(): number {
    return this.#runs.count;
  }

  /** How the declared types do, in their order. */
  get typeStats(): readonly TypeStats[] {
    const nowMs = this.#options.clock.now();
    return this.#types.all.map((type) => typeStatsOf(type, this.#shown, nowMs));
  }

  /** What has been staged since the last batch. */
  get batch(): Batch {
    return this.#table.batch;
  }

  /** As the last commit left it. */
  committed(jobId: string): Job | undefined {
    return this.#shown.committed(jobId);
  }

  /** With what is staged. */
  job(jobId: string): Job | undefined {
    return this.#table.get(jobId);
  }

  /**
   * Takes over what the engine held, and stages what follows from the restart (`Recovery`). Resolves with what shows it to others.
   * Cancellation: rejects with the signal's reason; it is to be disposed of.
   */
  async restore(recovered: RecoveredJobs, turns: InTurnsOptions): Promise<() => void> {
    await this.#recovery.begin(recovered, turns);
    return () => {
      this.#shown = this.#table;
    };
  }

  /** False until what follows from a restart is carried out. */
  get isRecovered(): boolean {
    return this.#recovery.isOver;
  }

  /** The revision that a restart has led to; unset until what follows from it is carried out. */
  get recoveredRevision(): number | undefined {
    return this.#recovery.revision;
  }

  /** Stages what follows from a restart once more, where it could not be committed. */
  recover(turns: InTurnsOptions): Promise<void> {
    return this.#recovery.stage(turns);
  }

  /**
   * Decides what a command comes to, and stages it; with `validateOnly` nothing is staged. `trace`: where the command
   * stands in its trace.
   */
  apply(command: ChangeCommand, trace = command.trace): Verdict {
    const job = this.#table.get(command.jobId);
    const stale = staleEtag(command, job);
    const by: CommandReference = { commandId: command.commandId, trace };
    if (command.kind === "start")
      return stale === undefined ? this.#start(command, job, by) : rejected(stale);
    if (job === undefined) return rejected(jobNotFound(command.jobId));
    if (stale !== undefined) return rejected(stale);
    const type = this.#types.of(job.status);
    const event =
      command.kind === "stop" ? { ...command, graceMs: command.graceMs ?? type.stopGraceMs } : command;
    return this.#verdict(command, {
      job,
      type,
      decided: this.#decider.decide(job, event, { type, command: by }),
    });
  }

  /** True unless the command is a Start that would still find the queue of its type full. */
  hasRoomFor(command: Command): boolean {
    if (command.kind !== "start") return true;
    const state = this.#table.get(command.jobId)?.status.state;
    // Meanwhile its job has come to where a Start needs no room.
    if (state !== undefined && (hasRun(state) || state === "pending")) return true;
    const type = this.#types.ofStart(command, this.#table.get(command.jobId));
    return type === undefined || this.#table.slotFor(type).kind !== "queueFull";
  }

  /** Decides what an event changes, and stages it. False where it is held back, and will be posted again. */
  handle({ jobId, uid, event }: PostedEvent): boolean {
    const job = this.#table.get(jobId);
    if (job === undefined || job.status.uid !== uid) return true;
    if (event.kind === "due" || event.kind === "retryDue") {
      if (this.#draining) return true;
      if (!this.#options.hasRoom()) {
        this.#timers.postpone({ jobId, uid, event });
        return true;
      }
    }
    if (event.kind === "progressed" && !this.#options.hasRoom()) return true;
    if (event.kind === "timedOut" && this.#timers.holdsEndOf(jobId)) return true;
    // It only says that the queue may move, which it does below.
    if (event.kind !== "slotFree" && !this.#apply(job, event)) return false;
    this.#queues.move(this.#types.of(job.status));
    return true;
  }

  /** The batch is to be committed; what is decided from now on is the next one. */
  seal(): Batch {
    return this.#table.seal();
  }

  /** The sealed batch is committed: another can be sealed. */
  takeCommitted(): Batch {
    return this.#table.takeCommitted();
  }

  /** Does what follows from a batch that is committed. */
  carryOut(batch: Batch): void {
    this.#retention.committed();
    this.#tellCircuits(batch);
    for (const { job, effect } of batch.effects) this.#runs.carryOut(job, effect);
    for (const jobId of batch.before.keys()) this.#setTimer(jobId);
  }

  /**
   * The same for what follows from a restart, which may be much: meanwhile nothing else is decided. Once `mayBegin` is false no run
   * begins any more; to the next server it is a lost one.
   */
  async carryOutRecovery(batch: Batch, { turn, mayBegin }: RecoveryTurns): Promise<void> {
    this.#tellCircuits(batch);
    const carryOut = ({ job, effect }: StagedEffect) => {
      if (effect.kind !== "startRun" || mayBegin()) this.#runs.carryOut(job, effect);
    };
    await inTurns(batch.effects, carryOut, { turn });
    await inTurns(batch.before.keys(), (jobId) => this.#setTimer(jobId), { turn });
    this.#recovery.end();
  }

  /** The sealed batch could not be committed: every job is again as before it. Its timers were never changed. */
  rollback(): void {
    this.#table.rollback();
  }

  /** The longest time that a run which goes on now may take to end by itself. */
  get longestGraceMs(): number {
    let longestMs = 0;
    for (const { status } of this.#table.all()) {
      if (hasRun(status.state)) longestMs = Math.max(longestMs, this.#types.of(status).stopGraceMs);
    }
    return longestMs;
  }

  /** Posts the end of the server to every job: runs have at most `graceMs` to end, and no other begins. */
  drain(graceMs: number): void {
    this.#draining = true;
    for (const { status } of this.#table.all()) this.#post(status, { kind: "drain", graceMs });
  }

  /** Posts that its turn has come to every job that has waited for no slot, but for room in the store. */
  postFreeSlots(): void {
    for (const type of this.#types.all) {
      const next = this.#table.nextInLine(type);
      const job = next === undefined ? undefined : this.#table.get(next);
      if (job !== undefined) this.#post(job.status, { kind: "slotFree" });
    }
  }

  /**
   * Posts the end of every settled job that its type keeps no longer. A declared type's own job stays.
   * Cancellation: rejects with the signal's reason.
   */
  postExpired(turns: InTurnsOptions): Promise<void> {
    return this.#retention.postExpired(turns);
  }

  /** No timer of it fires any more. Runs that are going on are the runner's to end. */
  dispose(): void {
    this.#timers.dispose();
  }

  /** False where the end of a run has to wait for room, as what follows it is more work: its fallback, or the run that replaces it. */
  #apply(job: Job, event: JobEvent): boolean {
    const { jobId, uid } = job.status;
    const decided = this.#decider.decide(job, event, { type: this.#types.of(job.status) });
    if (event.kind === "ended" && beginsWork(decided) && !this.#options.hasRoom()) {
      this.#timers.holdBack({ jobId, uid, event });
      return false;
    }
    if (decided.kind === "changed") this.#decider.stage(job, decided, event.kind === "progressed");
    else if (decided.kind === "removed") this.#table.stageRemoval(job);
    else this.#timers.follow(jobId, job);
    return true;
  }

  #start(command: StartCommand, existing: Job | undefined, by: CommandReference): Verdict {
    const { jobId, jobType } = command;
    const { maxJobs } = this.#options;
    const typeOfJob = existing?.status.jobType;
    if (typeOfJob !== undefined && jobType !== "" && jobType !== typeOfJob)
      return rejected(wrongType(jobId, typeOfJob));
    const type = this.#types.ofStart(command, this.#table.get(command.jobId));
    if (type === undefined) return rejected(typeNotFound(typeOfJob ?? (jobType === "" ? jobId : jobType)));
    if (existing === undefined && this.#table.size >= maxJobs) {
      return { outcome: "dropped", refusal: tooManyJobs(maxJobs) };
    }
    const job = existing ?? this.#decider.newJob(jobId === "" ? command.commandId : jobId, type);
    const { schedule = type.schedule } = command;
    const start = { ...command, schedule, followsType: command.schedule === undefined };
    return this.#verdict(command, {
      job,
      type,
      decided: this.#decider.decide(job, start, { type, command: by }),
    });
  }

  #verdict(command: ChangeCommand, { job, type, decided }: Decided): Verdict {
    const { kind, validateOnly } = command;
    if (decided.kind === "rejected") return refused(decided.refusal, command, type);
    if (decided.kind !== "changed")
      return { outcome: "no-change", answer: { status: job.status, started: false } };
    const answer = { started: kind === "start", runId: begunRun(job, decided.job) };
    if (validateOnly) return { outcome: "applied", answer: { ...answer, status: decided.job.status } };
    const { status } = this.#decider.stage(this.#table.get(job.status.jobId), decided);
    this.#queues.move(type);
    return { outcome: "applied", answer: { ...answer, status } };
  }

  #tellCircuits({ circuits, circuitsBefore }: Batch): void {
    for (const [typeName, circuit] of circuits) {
      // While it probes it is not closed yet, and has not opened anew.
      const wasClosed = circuitsBefore.get(typeName)?.state === "closed";
      if (wasClosed !== (circuit.state === "closed"))
        this.#options.journal?.circuitChanged(typeName, circuit);
    }
  }

  #setTimer(jobId: string): void {
    this.#timers.follow(jobId, this.#table.committed(jobId));
  }

  #post({ jobId, uid }: Job["status"], event: JobEvent): void {
    this.#options.post({ jobId, uid, event });
  }
}

interface RecoveryTurns extends Pick<InTurnsOptions, "turn"> {
  readonly mayBegin: () => boolean;
}

interface Decided {
  readonly job: Job;
  readonly type: JobType;
  readonly decided: Transition;
}
