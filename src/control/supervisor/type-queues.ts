import type { JobEvent } from "../../job/job-event.ts";
import type { JobType } from "../../job/job-type.ts";
import { largestBatch } from "./batch.ts";
import type { Decider } from "./decider.ts";
import type { JobTable } from "./job-table.ts";
import type { PostedEvent } from "./posted-event.ts";

export interface TypeQueuesOptions {
  readonly table: JobTable;
  readonly decider: Decider;
  /** False: no run begins by itself. */
  readonly mayBegin: () => boolean;
  readonly post: (event: PostedEvent) => void;
}

/** Has the jobs that wait for a slot of their type move up. The supervisor calls it when something has changed for them. */
export class TypeQueues {
  readonly #options: TypeQueuesOptions;

  constructor(options: TypeQueuesOptions) {
    this.#options = options;
  }

  /** Who is one too many leaves the queue of the type, and whoever's turn it is begins. */
  move(type: JobType): void {
    const { table, mayBegin } = this.#options;
    this.#advance(() => table.oneTooMany(type), { kind: "evicted" }, type);
    if (mayBegin()) this.#advance(() => table.nextInLine(type), { kind: "slotFree" }, type);
  }

  /**
   * Both events take a job out of the queue, so that this ends. Where none of them needs its slot, as the circuit of the
   * type is open, the whole queue moves: a batch at a time.
   */
  #advance(next: () => string | undefined, event: JobEvent, type: JobType): void {
    const { table, decider, post } = this.#options;
    let moved = 0;
    for (let jobId = next(); jobId !== undefined; jobId = next()) {
      const job = table.get(jobId);
      const decided = job && decider.decide(job, event, { type });
      if (decided?.kind !== "changed") throw new TypeError(`Job is not in the queue: ${jobId}`);
      if (moved++ >= largestBatch) {
        post({ jobId, uid: decided.job.status.uid, event: { kind: "slotFree" } });
        return;
      }
      decider.stage(job, decided);
    }
  }
}
