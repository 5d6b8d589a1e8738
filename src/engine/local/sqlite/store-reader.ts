import { DatabaseSync, type StatementSync } from "node:sqlite";
import { busyTimeoutMs } from "./open-database.ts";
import type { ReceiptQuery, ReceiptRow, RunsQuery } from "./store-requests.ts";

/** A connection that only reads, in a thread of its own: it never waits for what is being written. */
export class StoreReader {
  readonly #database: DatabaseSync;
  readonly #runs: StatementSync;
  readonly #receipts: Readonly<Record<ReceiptQuery["column"], readonly StatementSync[]>>;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    this.#runs = this.#database.prepare(sql.runs);
    this.#runs.setReturnArrays(true);
    const receipts = (column: string) =>
      ["receipts", "refusals"].map((table) => this.#prepare(sql.receipt(table, column)));
    this.#receipts = { command_id: receipts("command_id"), request_id: receipts("request_id") };
  }

  /** Newest first. */
  runs({ jobId, size, before }: RunsQuery): readonly string[] {
    const rows = this.#runs.all({ job_id: jobId, before, size }) as unknown as [string][];
    return rows.map(([run]) => run);
  }

  /** An answer stands above the refusals of earlier tries; of these the last one counts. */
  receipt({ column, value, sinceMs }: ReceiptQuery): ReceiptRow | undefined {
    for (const statement of this.#receipts[column]) {
      const row = statement.get(value, sinceMs);
      if (row !== undefined) return row as unknown as ReceiptRow;
    }
    return undefined;
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }
}

const sql = {
  // Nothing comes before a run that is no longer kept.
  runs: `SELECT run FROM runs
    WHERE uid = (SELECT uid FROM jobs WHERE job_id = :job_id)
      AND (:before IS NULL OR number < (
        SELECT number FROM runs
        WHERE uid = (SELECT uid FROM jobs WHERE job_id = :job_id) AND run_id = :before))
    ORDER BY number DESC LIMIT :size`,
  receipt: (table: string, column: string) =>
    `SELECT command_id, request_id, content, settlement FROM ${table}
      WHERE ${column} = ? AND ${column} <> '' AND time_ms > ? ORDER BY number DESC LIMIT 1`,
} as const;
