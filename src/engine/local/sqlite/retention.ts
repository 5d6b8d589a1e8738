import type { SQLInputValue } from "node:sqlite";
import type { BatchRows, RetentionOptions } from "./store-requests.ts";

/** Runs a statement, prepared once, and tells how many rows it changed. */
export type RunStatement = (sql: string, ...values: SQLInputValue[]) => number;

/**
 * Deletes what is kept no longer, by number and by age, a little with every batch: always somewhat more than the batch
 * brought, so that no command waits for a large deletion and the tables come down to their bounds all the same.
 */
export class Retention {
  readonly #run: RunStatement;
  readonly #options: RetentionOptions;
  /** False once there are no runs any more of jobs that were removed. */
  #cleansUp = true;

  constructor(run: RunStatement, options: RetentionOptions) {
    this.#run = run;
    this.#options = options;
  }

  prune({ nowMs, changes, runs, receipts, refusals, removed }: BatchRows): void {
    const { changes: history, runsMs, receiptsMs, ...kept } = this.#options;
    if (changes.length > 0) this.#run(sql.changes, history, stepFor(changes.length));
    if (runs.length > 0) this.#run(sql.oldRuns, nowMs - runsMs, stepFor(runs.length));
    if (receipts.length > 0)
      this.#run(sql.receipts, kept.receipts, nowMs - receiptsMs, stepFor(receipts.length));
    if (refusals.length > 0)
      this.#run(sql.refusals, kept.refusals, nowMs - receiptsMs, stepFor(refusals.length));
    if (removed.length > 0 || this.#cleansUp) this.#cleanUp();
  }

  /** Deletes what a job has had before its last runs. */
  pruneRunsOf(uid: string): void {
    this.#run(sql.runsOfJob, uid, this.#options.runsPerJob);
  }

  /** What was deleted is there again. */
  undone(): void {
    this.#cleansUp = true;
  }

  /** A job can have many runs: they go by and by after it. */
  #cleanUp(): void {
    const deletedRuns = this.#run(sql.runsOfRemoved, cleanUpJobs, cleanUpRuns);
    const forgottenJobs = this.#run(sql.removedJobs, cleanUpJobs);
    this.#cleansUp = deletedRuns + forgottenJobs > 0;
  }
}

const cleanUpJobs = 64;
const cleanUpRuns = 256;

function stepFor(brought: number): number {
  return 2 * brought + 16;
}

/** The oldest rows, at most so many, of those that are more than the bound or older than the time. */
function oldest(table: "receipts" | "refusals"): string {
  return `DELETE FROM ${table}
    WHERE (number <= (SELECT max(number) FROM ${table}) - ? OR time_ms < ?)
      AND number < (SELECT min(number) FROM ${table}) + ?`;
}

const sql = {
  changes: `DELETE FROM changes
    WHERE revision <= (SELECT max(revision) FROM changes) - ?
      AND revision < (SELECT min(revision) FROM changes) + ?`,
  receipts: oldest("receipts"),
  refusals: oldest("refusals"),
  runsOfJob: `DELETE FROM runs
    WHERE uid = ?1
      AND number <= (SELECT number FROM runs WHERE uid = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
  oldRuns: "DELETE FROM runs WHERE time_ms < ? AND number < (SELECT min(number) FROM runs) + ?",
  runsOfRemoved: `DELETE FROM runs WHERE number IN (
    SELECT number FROM runs WHERE uid IN (SELECT uid FROM removed_jobs LIMIT ?) LIMIT ?)`,
  removedJobs: `DELETE FROM removed_jobs WHERE uid IN (SELECT uid FROM removed_jobs LIMIT ?)
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.uid = removed_jobs.uid)`,
} as const;
