import type { ChangeCommand, Command, CommandReference, StartCommand } from "../../job/command.ts";
import type { Job } from "../../job/job.ts";
import type { Transition } from "../../job/job-event.ts";
import { hasRun } from "../../job/job-state.ts";
import type { JobType } from "../../job/job-type.ts";
import { jobNotFound, staleEtag, tooManyJobs, typeNotFound, wrongType } from "../refusals.ts";
import type { Decider } from "./decider.ts";
import type { JobTable } from "./job-table.ts";
import type { JobTypes } from "./job-types.ts";
import type { TypeQueues } from "./type-queues.ts";
import { begunRun, refused, rejected, type Verdict } from "./verdict.ts";

export interface CommandHandlerOptions {
  readonly table: JobTable;
  readonly types: JobTypes;
  readonly decider: Decider;
  readonly queues: TypeQueues;
  /** Start refuses to make more jobs than this. */
  readonly maxJobs: number;
}

/**
 * Decides what a command comes to: whether there is such a job or type, and what the state machine makes of it then. Where it
 * takes effect that is staged. The supervisor alone calls it; what waits and what it costs is the applier's affair.
 */
export class CommandHandler {
  readonly #table: JobTable;
  readonly #types: JobTypes;
  readonly #decider: Decider;
  readonly #queues: TypeQueues;
  readonly #maxJobs: number;

  constructor({ table, types, decider, queues, maxJobs }: CommandHandlerOptions) {
    this.#table = table;
    this.#types = types;
    this.#decider = decider;
    this.#queues = queues;
    this.#maxJobs = maxJobs;
  }

  /** With `validateOnly` nothing is staged. `trace`: where the command stands in its trace. */
  apply(command: ChangeCommand, trace: ChangeCommand["trace"]): Verdict {
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

  #start(command: StartCommand, existing: Job | undefined, by: CommandReference): Verdict {
    const { jobId, jobType } = command;
    const typeOfJob = existing?.status.jobType;
    if (typeOfJob !== undefined && jobType !== "" && jobType !== typeOfJob)
      return rejected(wrongType(jobId, typeOfJob));
    const type = this.#types.ofStart(command, existing);
    if (type === undefined) return rejected(typeNotFound(typeOfJob ?? (jobType === "" ? jobId : jobType)));
    if (existing === undefined && this.#table.size >= this.#maxJobs) {
      return { outcome: "dropped", refusal: tooManyJobs(this.#maxJobs) };
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
}

interface Decided {
  readonly job: Job;
  readonly type: JobType;
  readonly decided: Transition;
}
