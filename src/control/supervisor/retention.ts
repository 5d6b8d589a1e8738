import type { Clock } from "../../async/clock.ts";
import { type InTurnsOptions, inTurns } from "../../async/in-turns.ts";
import type { Job } from "../../job/job.ts";
import { isSettled } from "../../job/job-state.ts";
import type { JobStatus } from "../../job/job-status.ts";
import type { JobType } from "../../job/job-type.ts";
import type { JobTable } from "./job-table.ts";
import type { JobTypes } from "./job-types.ts";
import type { PostedEvent } from "./posted-event.ts";

export interface RetentionOptions {
  readonly table: JobTable;
  readonly types: JobTypes;
  readonly clock: Clock;
  readonly post: (event: PostedEvent) => void;
}

/** How long settled jobs are kept. */
export class Retention {
  readonly #options: RetentionOptions;
  /** Jobs whose end has come, by their uids, until it is committed. */
  readonly #ending = new Set<string>();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** As `Supervisor.postExpired`. */
  async postExpired(turns: InTurnsOptions): Promise<void> {
    const { table, clock } = this.#options;
    const nowMs = clock.now();
    const look = ({ status: { jobId } }: Job) => {
      // As it is now, not as it was when the first ones were looked at.
      const job = table.get(jobId);
      if (job !== undefined) this.#look(job.status, nowMs);
    };
    await inTurns(table.all(), look, turns);
  }

  /** What has ended is gone, or its end has to be told again. */
  committed(): void {
    this.#ending.clear();
  }

  #look(status: JobStatus, nowMs: number): void {
    const { types, post } = this.#options;
    const { jobId, uid, updateTimeMs: sinceMs } = status;
    if (this.#ending.has(uid) || !ends(status, types.of(status), nowMs)) return;
    this.#ending.add(uid);
    post({ jobId, uid, event: { kind: "expired", sinceMs } });
  }
}

/** True for a job that its type keeps no longer. A declared type's own job stays. */
function ends({ jobId, jobType, state, updateTimeMs }: JobStatus, type: JobType, nowMs: number): boolean {
  if (!isSettled(state) || (jobId === jobType && !type.template)) return false;
  return nowMs - updateTimeMs >= type.retentionMs;
}
