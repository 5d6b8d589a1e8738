import type { StatementSync } from "node:sqlite";

/** Pages in the write-ahead log, and how many of them are not in the main file yet. */
export interface LogSize {
  readonly pages: number;
  readonly unsaved: number;
}

/** NOOP only tells; PASSIVE copies what it can without waiting for anybody. */
export const checkpointSql = (mode: "NOOP" | "PASSIVE") => `PRAGMA wal_checkpoint(${mode})`;

/** Runs a statement made of `checkpointSql`. */
export function logSizeAfter(checkpoint: StatementSync): LogSize {
  const { log, checkpointed } = checkpoint.get() ?? {};
  return { pages: Number(log), unsaved: Number(log) - Number(checkpointed) };
}
