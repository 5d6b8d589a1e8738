import type { Clock } from "../../async/clock.ts";
import type { InTurnsOptions } from "../../async/in-turns.ts";
import type { ChangeCommand, Command } from "../../job/command.ts";
import type { Job } from "../../job/job.ts";
import type { JobEvent } from "../../job/job-event.ts";
import { hasRun } from "../../job/job-state.ts";
import type { JobType } from "../../job/job-type.ts";
import type { Runner } from "../../runner/runner.ts";
import type { Journal } from "../../telemetry/journal.ts";
import type { OutputHub } from "../output/output-hub.ts";
import type { Batch } from "./batch.ts";
import { CommandHandler } from "./command-handler.ts";
import { Decider } from "./decider.ts";
import { Effects, type RecoveryTurns } from "./effects.ts";
import { EventHandler } from "./event-handler.ts";
import { JobTable } from "./job-table.ts";
import { JobTimers } from "./job-timers.ts";
import { JobTypes } from "./job-types.ts";
import type { PostedEvent } from "./posted-event.ts";
import { type RecoveredJobs, Recovery } from "./recovery.ts";
import { Retention } from "./retention.ts";
import { Runs, type RunsOptions } from "./runs.ts";
import { TypeQueues } from "./type-queues.ts";
import { type TypeStats, typeStatsOf } from "./type-stats.ts";
import type { Verdict } from "./verdict.ts";

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
 *
 * It puts its parts together: what a command comes to is in `CommandHandler`, what an event changes in `EventHandler`, and what
 * follows from a commit in `Effects`.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #types: JobTypes;
  readonly #table: JobTable;
  readonly #commands: CommandHandler;
  readonly #events: EventHandler;
  readonly #effects: Effects;
  readonly #runs: Runs;
  readonly #timers: JobTimers;
  readonly #retention: Retention;
  readonly #recovery: Recovery;
  /** What others are shown: nothing until all is restored. */
  #shown: JobTable;
  /** True: no run begins any more, unless a command asks for it. */
  #draining = false;

  constructor(options: SupervisorOptions) {
    const { clock, post, hasRoom, maxJobs, journal } = options;
    const types = new JobTypes(options.types);
    const table = new JobTable(clock);
    const decider = new Decider(table, clock);
    const isDraining = () => this.#draining;
    const mayBegin = () => !this.#draining && hasRoom();
    const queues = new TypeQueues({ table, decider, mayBegin, post });
    this.#options = options;
    this.#types = types;
    this.#table = table;
    this.#shown = new JobTable(clock);
    this.#timers = new JobTimers(options);
    this.#runs = new Runs(options);
    const parts = { table, types, decider, queues, timers: this.#timers };
    this.#commands = new CommandHandler({ ...parts, maxJobs });
    this.#events = new EventHandler({ ...parts, hasRoom, isDraining });
    this.#effects = new Effects({ ...parts, runs: this.#runs, journal });
    this.#retention = new Retention({ ...parts, clock, post });
    this.#recovery = new Recovery({ ...parts, recover: (job) => this.#events.recover(job) });
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
    return this.#commands.apply(command, trace);
  }

  /** True unless the command is a Start that would still find the queue of its type full. */
  hasRoomFor(command: Command): boolean {
    return this.#commands.hasRoomFor(command);
  }

  /** Decides what an event changes, and stages it. False where it is held back, and will be posted again. */
  handle(event: PostedEvent): boolean {
    return this.#events.handle(event);
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
    this.#effects.carryOut(batch);
  }

  /**
   * The same for what follows from a restart, which may be much: meanwhile nothing else is decided. Once `mayBegin` is false no run
   * begins any more; to the next server it is a lost one.
   */
  async carryOutRecovery(batch: Batch, turns: RecoveryTurns): Promise<void> {
    await this.#effects.carryOutRecovery(batch, turns);
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

  #post({ jobId, uid }: Job["status"], event: JobEvent): void {
    this.#options.post({ jobId, uid, event });
  }
}
