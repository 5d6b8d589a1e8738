import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { BatchRows } from "./store-requests.ts";

/**
 * Whether a batch is in the file: all of it is, or nothing, so one of its rows tells. It has to be of the last write, as rows are
 * replaced and pruned by those that follow. What was accepted can be settled in the same write: its receipt is there then.
 */
export function isWritten(database: DatabaseSync, batch: BatchRows): boolean {
  const { changes, accepted, receipts, refusals, runs, circuits } = batch;
  const has = (sql: string, ...values: SQLInputValue[]) => database.prepare(sql).get(...values) !== undefined;
  const [change, pending, receipt, refusal, run, circuit] = [
    changes.at(-1),
    accepted.at(-1),
    receipts.at(-1),
    refusals.at(-1),
    runs.at(-1),
    circuits.at(-1),
  ];
  if (change !== undefined) return has("SELECT 1 FROM changes WHERE revision = ?", change[0]);
  const hasFate = (table: "receipts" | "refusals", commandId: string) =>
    has(`SELECT 1 FROM ${table} WHERE command_id = ?`, commandId);
  if (pending !== undefined) {
    const [commandId] = pending;
    if (has("SELECT 1 FROM pending WHERE command_id = ?", commandId)) return true;
    return hasFate("receipts", commandId) || hasFate("refusals", commandId);
  }
  if (receipt !== undefined) return hasFate("receipts", receipt[0]);
  if (refusal !== undefined) return hasFate("refusals", refusal[0]);
  if (run !== undefined) return has("SELECT 1 FROM runs WHERE run_id = ?", run[2]);
  if (circuit === undefined) return true;
  const [jobType, content] = circuit;
  if (content === null) return !has("SELECT 1 FROM circuits WHERE job_type = ?", jobType);
  return has("SELECT 1 FROM circuits WHERE job_type = ? AND circuit = ?", jobType, content);
}
