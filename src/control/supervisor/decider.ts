import type { Clock } from "../../async/clock.ts";
import { cronTimes } from "../../calendar/cron-times.ts";
import type { CommandReference } from "../../job/command.ts";
import { createJob, type Job } from "../../job/job.ts";
import type { ChangedTransition, Context, JobEvent, Transition } from "../../job/job-event.ts";
import type { JobType } from "../../job/job-type.ts";
import { transition } from "../../job/state-machine.ts";
import type { JobTable } from "./job-table.ts";

/**
 * Puts the state machine to the world: gives it the time, chance, and what the table knows of the job's type, and stages
 * what it decides. The supervisor alone calls it.
 */
export class Decider {
  readonly #table: JobTable;
  readonly #clock: Clock;

  constructor(table: JobTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  decide(job: Job, event: JobEvent, { type, command }: Deciding): Transition {
    const nowMs = this.#clock.now();
    const slot = event.kind === "recovered" ? this.#table.slotAgainFor(job, type) : this.#table.slotFor(type);
    const circuit = this.#table.circuit(type.name);
    const random = Math.random();
    const context: Context = { nowMs, type, slot, circuit, command, cron: cronTimes, random, newRunId };
    return transition(job, event, context);
  }

  /** Returns the job as it will be committed. `before`: undefined for one that is not there yet. */
  stage(before: Job | undefined, decided: ChangedTransition, progressOnly = false): Job {
    const { job: after, effects, circuit } = decided;
    if (circuit !== undefined) this.#table.stageCircuit(after.status.jobType, circuit);
    return this.#table.stage({ before, after, effects, progressOnly });
  }

  newJob(jobId: string, type: JobType): Job {
    const nowMs = this.#clock.now();
    return createJob({ jobId, jobType: type.name, uid: crypto.randomUUID(), schedule: type.schedule, nowMs });
  }
}

/** True where a run, an attempt or a fallback begins with it. */
export function startsRun(decided: Transition): boolean {
  return decided.kind === "changed" && decided.effects.some(({ kind }) => kind === "startRun");
}

const newRunId = () => crypto.randomUUID();

interface Deciding {
  readonly type: JobType;
  /** The command that the event comes from; unset where it comes from none. */
  readonly command?: CommandReference;
}
