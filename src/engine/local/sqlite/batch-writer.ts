import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Retention, type RunStatement } from "./retention.ts";
import type { BatchRows, ReceiptRow, RetentionOptions } from "./store-requests.ts";

/** Writes batches into the tables, inside of whatever transaction there is, and prunes in step. */
export class BatchWriter {
  readonly #run: RunStatement;
  readonly #uid: StatementSync;
  readonly #retention: Retention;

  constructor(database: DatabaseSync, options: RetentionOptions) {
    const statements = new Map<string, StatementSync>();
    const run: RunStatement = (sql, ...values) => {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = database.prepare(sql);
        statements.set(sql, statement);
      }
      return Number(statement.run(...values).changes);
    };
    this.#run = run;
    this.#uid = database.prepare("SELECT uid FROM jobs WHERE job_id = ?");
    this.#retention = new Retention(this.#run, options);
  }

  write(batch: BatchRows): void {
    for (const row of batch.accepted) this.#run(sql.accept, ...row);
    for (const row of batch.changes) this.#run(sql.change, ...row);
    for (const jobId of batch.removed) this.#remove(jobId);
    for (const [jobId, uid, status, rest, data] of batch.jobs) {
      this.#run(typeof status === "number" ? sql.jobOfChange : sql.job, jobId, uid, rest, status);
      if (data !== undefined) this.#run(sql.jobData, ...data);
    }
    this.#writeRuns(batch);
    for (const [jobType, circuit] of batch.circuits) {
      if (circuit === null) this.#run(sql.forgetCircuit, jobType);
      else this.#run(sql.circuit, jobType, circuit);
    }
    for (const row of batch.receipts) this.#receipt(sql.receipt, row, batch.nowMs);
    for (const row of batch.refusals) this.#receipt(sql.refusal, row, batch.nowMs);
    for (const commandId of batch.settled) this.#run(sql.settle, commandId);
    this.#retention.prune(batch);
  }

  /** The transaction was taken back. */
  undone(): void {
    this.#retention.undone();
  }

  /** Of jobs that are still there: one that was removed takes its runs with it. */
  #writeRuns({ runs, nowMs }: BatchRows): void {
    for (const [jobId, uidInBatch, runId, run] of runs) {
      const uid = uidInBatch ?? this.#uidOf(jobId);
      if (uid === undefined) continue;
      this.#run(sql.run, uid, runId, nowMs, run);
      this.#retention.pruneRunsOf(uid);
    }
  }

  /** Undefined for a job that is not there. */
  #uidOf(jobId: string): string | undefined {
    const { uid } = this.#uid.get(jobId) ?? {};
    return uid as string | undefined;
  }

  #remove(jobId: string): void {
    this.#run(sql.removed, jobId);
    this.#run(sql.removeJob, jobId);
    this.#run(sql.removeJobData, jobId);
  }

  #receipt(statement: string, [commandId, requestId, content, settlement]: ReceiptRow, nowMs: number): void {
    this.#run(statement, commandId, requestId, nowMs, content, settlement);
  }
}

const replacesJob =
  "ON CONFLICT (job_id) DO UPDATE SET uid = excluded.uid, status = excluded.status, rest = excluded.rest";

const sql = {
  accept: "INSERT INTO pending (command_id, accept_time_ms, command) VALUES (?, ?, ?)",
  settle: "DELETE FROM pending WHERE command_id = ?",
  change: "INSERT INTO changes (revision, status, rest) VALUES (?, ?, ?)",
  job: `INSERT INTO jobs (job_id, uid, rest, status) VALUES (?, ?, ?, ?) ${replacesJob}`,
  jobOfChange: `INSERT INTO jobs (job_id, uid, rest, status)
    SELECT ?, ?, ?, status FROM changes WHERE revision = ? ${replacesJob}`,
  jobData: "INSERT OR REPLACE INTO job_data (job_id, input, result) VALUES (?, ?, ?)",
  removed: "INSERT OR IGNORE INTO removed_jobs (uid) SELECT uid FROM jobs WHERE job_id = ?",
  removeJob: "DELETE FROM jobs WHERE job_id = ?",
  removeJobData: "DELETE FROM job_data WHERE job_id = ?",
  run: "INSERT INTO runs (uid, run_id, time_ms, run) VALUES (?, ?, ?, ?)",
  circuit: "INSERT OR REPLACE INTO circuits (job_type, circuit) VALUES (?, ?)",
  forgetCircuit: "DELETE FROM circuits WHERE job_type = ?",
  receipt:
    "INSERT INTO receipts (command_id, request_id, time_ms, content, settlement) VALUES (?, ?, ?, ?, ?)",
  refusal:
    "INSERT INTO refusals (command_id, request_id, time_ms, content, settlement) VALUES (?, ?, ?, ?, ?)",
} as const;
