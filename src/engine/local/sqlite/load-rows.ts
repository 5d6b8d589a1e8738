import type { DatabaseSync } from "node:sqlite";
import type { JobDataRow, LoadedRows, OnPart, PendingRow } from "./store-requests.ts";

export interface LoadOptions {
  /** How many of the last changes are loaded. */
  readonly changes: number;
  /** Told of jobs and changes, a thousand at a time, so that they are parsed while the next are read. */
  readonly onPart: OnPart;
}

/**
 * Reads what a server needs to know before it can begin, and with it every page that this is on. Jobs and changes come
 * as bytes of JSON: as many small strings they would take longer from thread to thread than from the disk.
 */
export function loadRows(database: DatabaseSync, { changes, onPart }: LoadOptions): LoadedRows {
  const all = <Row>(sql: string): Row[] => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all() as unknown as Row[];
  };
  const [identity] = all<[string]>("SELECT epoch FROM identity");
  if (identity === undefined) throw new Error("no identity");
  onPart({ kind: "data", rows: all<JobDataRow>("SELECT job_id, input, result FROM job_data") });
  const jobs = { columns: "status || ',' || rest", table: "jobs", key: "rowid", after: 0 };
  for (const json of thousands(database, jobs)) onPart({ kind: "jobs", json });
  const [range] = all<[number | null]>("SELECT max(revision) FROM changes");
  const columns = "revision || ',' || status || ',' || rest";
  const last = { columns, table: "changes", key: "revision", after: (range?.[0] ?? 0) - changes };
  for (const json of thousands(database, last)) onPart({ kind: "changes", json });
  const pending = "SELECT command_id, accept_time_ms, command FROM pending ORDER BY number";
  return { epoch: identity[0], pending: all<PendingRow>(pending) };
}

interface RowsQuery {
  /** JSON values with commas between them: one row. */
  readonly columns: string;
  readonly table: string;
  /** What the rows are ordered by. */
  readonly key: string;
  readonly after: number;
}

/** Arrays of rows, as JSON. */
function* thousands(
  database: DatabaseSync,
  { columns, table, key, after }: RowsQuery,
): Generator<Uint8Array<ArrayBuffer>> {
  const statement = database.prepare(`
    SELECT max(key), CAST('[' || group_concat('[' || row || ']') || ']' AS BLOB)
    FROM (SELECT ${key} AS key, ${columns} AS row FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1000)`);
  statement.setReturnArrays(true);
  for (let last = after; ; ) {
    const row = statement.get(last) as unknown as [number, Uint8Array<ArrayBuffer>] | [null, null];
    if (row[0] === null) return;
    yield row[1];
    last = row[0];
  }
}
