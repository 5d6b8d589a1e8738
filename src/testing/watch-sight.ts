import type { WatchRequest } from "../control/watch/watch.ts";
import type { Change } from "../job/job.ts";
import { isSettled, type JobState } from "../job/job-state.ts";
import type { JobStatus } from "../job/job-status.ts";
import type { JobHistory } from "./job-history.ts";

/** What one watch may see of a history, and what it must be told of it: its request, applied to what happened. */
export class WatchSight {
  readonly #request: WatchRequest;
  readonly #history: JobHistory;
  readonly #jobIds: readonly string[];

  constructor(request: WatchRequest, history: JobHistory) {
    this.#request = request;
    this.#history = history;
    this.#jobIds = [...new Set(request.jobIds)];
  }

  /** A change of a job that is in sight after it, or was before it. */
  concerns(change: Change): boolean {
    return this.#sees(change.status) || this.#sees(this.#history.before(change));
  }

  /** As the watch is told of it: a job that leaves its sight is removed, as far as it can see. */
  kindOf(change: Change): "changed" | "removed" {
    return change.kind === "removed" || !this.#sees(change.status) ? "removed" : "changed";
  }

  /** The state that the watch knew of before a change; unset for a job that was not in its sight. */
  stateBefore(change: Change): JobState | undefined {
    const before = this.#history.before(change);
    return this.#sees(before) ? before?.state : undefined;
  }

  /** True where a change need not be told, because a later one of the job was there by `committed`. */
  mayBeMerged(change: Change, committed: number): boolean {
    const { delivery } = this.#request;
    if (this.kindOf(change) === "removed" || !(delivery === "latest" || change.progressOnly)) return false;
    return (this.#history.next(change)?.revision ?? Number.POSITIVE_INFINITY) <= committed;
  }

  /** What a snapshot shows: every job that is named, or all, but for those whose labels do not match. */
  snapshotAt(revision: number): readonly { jobId: string; status: JobStatus | undefined }[] {
    if (this.#jobIds.length === 0) {
      const jobs = this.#history.jobsAt(revision).filter((status) => this.#sees(status));
      return jobs.map((status) => ({ jobId: status.jobId, status }));
    }
    return this.#jobIds
      .map((jobId) => ({ jobId, status: this.#history.statusAt(jobId, revision) }))
      .filter(({ status }) => status === undefined || this.#sees(status));
  }

  /** Whether what `until` asks for was so at a revision, for sure, for a watch that began after `began`. */
  isDone(revision: number, began: number): boolean {
    return this.#isDone(revision, began, (jobId) => this.#history.statusAt(jobId, began) !== undefined);
  }

  /** The same, as far as anybody can say who was not told of all that was between. */
  mayBeDone(revision: number, began: number): boolean {
    return this.#isDone(revision, began, (jobId) => this.#history.wasThere(jobId, began, revision));
  }

  /** A job that is not there has come to its end if it was there before; else it is waited for. */
  #isDone(revision: number, began: number, wasThere: (jobId: string) => boolean): boolean {
    switch (this.#request.until) {
      case "all-settled":
        return this.#areSettled(revision, wasThere);
      case "current-run-done": {
        const run = this.#runAt(revision);
        return run === undefined || run !== this.#runAt(began);
      }
      case "snapshot-end":
        return true;
      default:
        return false;
    }
  }

  #sees(status: JobStatus | undefined): boolean {
    if (status === undefined) return false;
    if (this.#jobIds.length > 0 && !this.#jobIds.includes(status.jobId)) return false;
    return Object.entries(this.#request.labels).every(([key, value]) => status.labels[key] === value);
  }

  #areSettled(revision: number, wasThere: (jobId: string) => boolean): boolean {
    if (this.#jobIds.length === 0)
      return this.#history.jobsAt(revision).every((status) => isSettled(status.state) || !this.#sees(status));
    return this.#jobIds.every((jobId) => {
      const status = this.#history.statusAt(jobId, revision);
      return status === undefined ? wasThere(jobId) : isSettled(status.state);
    });
  }

  #runAt(revision: number): string | undefined {
    const run = this.#history.statusAt(this.#jobIds[0] ?? "", revision)?.currentRun;
    return run !== undefined && run.endTimeMs === undefined ? run.runId : undefined;
  }
}
