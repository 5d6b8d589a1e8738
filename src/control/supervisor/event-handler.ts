import type { Job } from "../../job/job.ts";
import type { JobEvent } from "../../job/job-event.ts";
import { type Decider, startsRun } from "./decider.ts";
import type { JobTable } from "./job-table.ts";
import type { JobTimers } from "./job-timers.ts";
import type { JobTypes } from "./job-types.ts";
import type { PostedEvent } from "./posted-event.ts";
import type { TypeQueues } from "./type-queues.ts";

export interface EventHandlerOptions {
  readonly table: JobTable;
  readonly types: JobTypes;
  readonly decider: Decider;
  readonly queues: TypeQueues;
  readonly timers: JobTimers;
  /** False: no run begins, and no progress is kept. */
  readonly hasRoom: () => boolean;
  /** True: no schedule and no retry begins anything any more. */
  readonly isDraining: () => boolean;
}

/**
 * Decides what an event of a job changes, and stages it: what its run tells, and what its timers post. What would need more room
 * than the store has is put off. The supervisor alone calls it.
 */
export class EventHandler {
  readonly #table: JobTable;
  readonly #types: JobTypes;
  readonly #decider: Decider;
  readonly #queues: TypeQueues;
  readonly #timers: JobTimers;
  readonly #hasRoom: () => boolean;
  readonly #isDraining: () => boolean;

  constructor({ table, types, decider, queues, timers, hasRoom, isDraining }: EventHandlerOptions) {
    this.#table = table;
    this.#types = types;
    this.#decider = decider;
    this.#queues = queues;
    this.#timers = timers;
    this.#hasRoom = hasRoom;
    this.#isDraining = isDraining;
  }

  /** False where it is held back, and will be posted again. */
  handle({ jobId, uid, event }: PostedEvent): boolean {
    const job = this.#table.get(jobId);
    if (job === undefined || job.status.uid !== uid) return true;
    if (event.kind === "due" || event.kind === "retryDue") {
      if (this.#isDraining()) return true;
      if (!this.#hasRoom()) {
        this.#timers.postpone({ jobId, uid, event });
        return true;
      }
    }
    if (event.kind === "progressed" && !this.#hasRoom()) return true;
    // Its work has ended in time, though that is held back.
    if ((event.kind === "timedOut" || event.kind === "graceOver") && this.#timers.holdsEndOf(jobId))
      return true;
    // It only says that the queue may move, which it does below.
    if (event.kind !== "slotFree" && !this.#apply(job, event)) return false;
    this.#queues.move(this.#types.of(job.status));
    return true;
  }

  /** The server has begun anew: what the job was about when the last one ended is over. Its queue does not move yet. */
  recover(job: Job): void {
    this.#apply(job, { kind: "recovered" });
  }

  /** False where the end of a run has to wait for room, as what follows it is more work: its fallback, or the run that replaces it. */
  #apply(job: Job, event: JobEvent): boolean {
    const { jobId, uid } = job.status;
    const decided = this.#decider.decide(job, event, { type: this.#types.of(job.status) });
    if (event.kind === "ended" && startsRun(decided) && !this.#hasRoom()) {
      this.#timers.holdBack({ jobId, uid, event });
      return false;
    }
    if (decided.kind === "changed") this.#decider.stage(job, decided, event.kind === "progressed");
    else if (decided.kind === "removed") this.#table.stageRemoval(job);
    else this.#timers.follow(jobId, job);
    return true;
  }
}
