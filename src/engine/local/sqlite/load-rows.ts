import type { DatabaseSync } from "node:sqlite";
import type { CircuitRow, LoadedRows, OnPart, PendingRow } from "./store-requests.ts";

export interface LoadOptions {
  /** How many of the last changes are loaded. */
  readonly changes: number;
  /** Told of the content of jobs, of jobs and of changes, part by part, so that they are parsed while the next are read. */
  readonly onPart: OnPart;
}

/**
 * Reads what a server needs to know before it can begin, and with it every page that this is on. All that
 * is many comes as bytes of JSON: as so many strings it would take longer from thread to thread than from the disk.
 */
export function loadRows(database: DatabaseSync, { changes, onPart }: LoadOptions): LoadedRows {
  const all = <Row>(sql: string): Row[] => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all() as unknown as Row[];
  };
  const [identity] = all<[string]>("SELECT epoch FROM identity");
  if (identity === undefined) throw new Error("no identity");
  const content = "json_quote(job_id) || ',' || ifnull(input, 'null') || ',' || ifnull(result, 'null')";
  const data = { columns: content, table: "job_data", key: "rowid", after: 0, atATime: 200 };
  for (const json of parts(database, data)) onPart({ kind: "data", json });
  const jobs = { columns: "status || ',' || rest", table: "jobs", key: "rowid", after: 0, atATime: 250 };
  for (const json of parts(database, jobs)) onPart({ kind: "jobs", json });
  const [range] = all<[number | null]>("SELECT max(revision) FROM changes");
  const columns = "revision || ',' || status || ',' || rest";
  const after = (range?.[0] ?? 0) - changes;
  const lastChanges = { columns, table: "changes", key: "revision", after, atATime: 250 };
  for (const json of parts(database, lastChanges)) onPart({ kind: "changes", json });
  const last = (table: string) =>
    `SELECT time_ms FROM ${table} WHERE number = (SELECT max(number) FROM ${table})`;
  const newest = all<[number]>(["runs", "receipts", "refusals"].map(last).join(" UNION ALL "));
  const newestMs = Math.max(0, ...newest.map(([timeMs]) => timeMs));
  const pending = "SELECT command_id, accept_time_ms, command FROM pending ORDER BY number";
  const circuits = all<CircuitRow>("SELECT job_type, circuit FROM circuits");
  return { epoch: identity[0], newestMs, circuits, pending: all<PendingRow>(pending) };
}

interface RowsQuery {
  /** JSON values with commas between them: one row. */
  readonly columns: string;
  readonly table: string;
  /** What the rows are ordered by. */
  readonly key: string;
  readonly after: number;
  /** How many rows come in one part: not too many large ones. */
  readonly atATime: number;
}

/** Arrays of rows, as JSON. */
function* parts(
  database: DatabaseSync,
  { columns, table, key, after, atATime }: RowsQuery,
): Generator<Uint8Array<ArrayBuffer>> {
  const statement = database.prepare(`
    SELECT max(key), CAST('[' || group_concat('[' || row || ']') || ']' AS BLOB)
    FROM (SELECT ${key} AS key, ${columns} AS row FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${atATime})`);
  statement.setReturnArrays(true);
  for (let last = after; ; ) {
    const row = statement.get(last) as unknown as [number, Uint8Array<ArrayBuffer>] | [null, null];
    if (row[0] === null) return;
    yield row[1];
    last = row[0];
  }
}
