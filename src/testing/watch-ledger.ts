import type { Change } from "../job/job.ts";
import type { JobState } from "../job/job-state.ts";
import type { JobHistory } from "./job-history.ts";
import type { WatchSight } from "./watch-sight.ts";

/** What has to be said with the next change of a job, on account of those that were left out before it. */
export interface Merged {
  readonly count: number;
  readonly previousState: JobState | undefined;
}

/** The books of one watch: how far it has been told, what was merged on the way, and what is missing. */
export class WatchLedger {
  readonly #sight: WatchSight;
  readonly #history: JobHistory;
  readonly #merged = new Map<string, Merged>();
  readonly #told = new Set<number>();
  #position: number;

  constructor(sight: WatchSight, history: JobHistory, position: number) {
    this.#sight = sight;
    this.#history = history;
    this.#position = position;
  }

  /** Everything up to this revision is accounted for. */
  get position(): number {
    return this.#position;
  }

  /** True where the watch has been told of this very change. */
  hasTold(revision: number): boolean {
    return this.#told.has(revision);
  }

  /** Begins anew behind a snapshot. */
  restartAt(revision: number): void {
    this.#merged.clear();
    this.#position = revision;
  }

  /** Goes on to a revision, and returns the changes on the way that should have been told and were not. */
  moveTo(revision: number, committed: number): readonly Change[] {
    const passed = this.#history.between(this.#position, revision);
    this.#position = Math.max(this.#position, revision);
    return passed.filter((change) => {
      if (!this.#sight.concerns(change)) return false;
      const { jobId } = change.status;
      if (!this.#sight.mayBeMerged(change, committed)) return this.#merged.delete(jobId) || true;
      const { count, previousState } = this.#merged.get(jobId) ?? this.#nothing(change);
      this.#merged.set(jobId, { count: count + 1, previousState });
      return false;
    });
  }

  /** Counts a change as told, and returns what was to be said with it. */
  tell(change: Change): Merged {
    const { jobId } = change.status;
    const merged = this.#merged.get(jobId) ?? this.#nothing(change);
    this.#merged.delete(jobId);
    this.#told.add(change.revision);
    this.#position = Math.max(this.#position, change.revision);
    return merged;
  }

  #nothing(change: Change): Merged {
    return { count: 0, previousState: this.#sight.stateBefore(change) };
  }
}
