import { isSettled } from "../job/job-state.ts";
import type { JobStatus } from "../job/job-status.ts";
import type { JobType } from "../job/job-type.ts";

/** How long settled jobs are kept. */
export class Retention {
  /** Jobs whose end has come, by their uids, until it is committed. */
  readonly #ending = new Set<string>();

  /** True, once, for a job that its type keeps no longer. A declared type's own job stays. */
  ends({ jobId, jobType, uid, state, updateTimeMs }: JobStatus, type: JobType, nowMs: number): boolean {
    if (!isSettled(state) || (jobId === jobType && !type.template)) return false;
    if (nowMs - updateTimeMs < type.retentionMs || this.#ending.has(uid)) return false;
    this.#ending.add(uid);
    return true;
  }

  /** What has ended is gone, or its end has to be told again. */
  committed(): void {
    this.#ending.clear();
  }
}
