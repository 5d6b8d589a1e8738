import { type InTurnsOptions, inTurns } from "../../async/in-turns.ts";
import type { Recovered } from "../../engine/engine.ts";
import type { Job } from "../../job/job.ts";
import type { Decider } from "./decider.ts";
import type { JobTable } from "./job-table.ts";
import type { JobTypes } from "./job-types.ts";
import type { TypeQueues } from "./type-queues.ts";

export interface RecoveryOptions {
  readonly table: JobTable;
  readonly types: JobTypes;
  readonly decider: Decider;
  readonly queues: TypeQueues;
  /** Decides what becomes of a job of the last server, and stages it. */
  readonly recover: (job: Job) => void;
}

/**
 * What follows from a restart: what was going on when the last server ended is over, and every declared type gets a job of its
 * name. It is one batch, however many jobs there are: the event loop has its turns while that is made, and once it is sent nothing
 * else is decided before it is carried out.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  /** What the engine held, until what follows from it is carried out. */
  #jobs: readonly Job[] | undefined;
  #revision: number | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Takes over what the engine held, and stages what follows from it. */
  async begin(recovered: RecoveredJobs, turns: InTurnsOptions): Promise<void> {
    await this.#options.table.restore(recovered, turns);
    this.#jobs = recovered.jobs;
    await this.stage(turns);
  }

  /** True once nothing of it is left to be done. */
  get isOver(): boolean {
    return this.#jobs === undefined;
  }

  /** The revision that it has led to; unset until it is over. */
  get revision(): number | undefined {
    return this.#revision;
  }

  /** Stages it, unless it is over, or staged already. */
  async stage(turns: InTurnsOptions): Promise<void> {
    const { table, types, decider, queues, recover } = this.#options;
    const jobs = this.#jobs;
    if (jobs === undefined || table.isSealed || !table.batch.isEmpty) return;
    table.recoverCircuits((typeName) => types.named(typeName)?.breaker !== undefined);
    for (const type of types.all) {
      if (!type.template && table.get(type.name) === undefined)
        table.stage({ before: undefined, after: decider.newJob(type.name, type) });
    }
    await inTurns(jobs, recover, turns);
    // Only now, when every lost run has left its slot: a run that begins before would be taken for a lost one.
    await inTurns(jobs, ({ status }) => queues.move(types.of(status)), turns);
    if (table.batch.isEmpty) this.end();
  }

  /** All of it is carried out. */
  end(): void {
    this.#revision = this.#options.table.revision;
    this.#jobs = undefined;
  }
}

export type RecoveredJobs = Pick<Recovered, "jobs" | "circuits" | "revision">;
