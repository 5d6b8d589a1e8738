import { DatabaseSync, type StatementSync } from "node:sqlite";
import { checkpointSql, logSizeAfter } from "./log-size.ts";
import { busyTimeoutMs } from "./open-database.ts";

/**
 * A connection that brings what is in the write-ahead log into the main file, in a thread of its own: that takes tens of
 * milliseconds, and meanwhile the writer goes on.
 */
export class StoreCheckpointer {
  readonly #database: DatabaseSync;
  readonly #checkpoint: StatementSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    this.#database.exec("PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0");
    this.#checkpoint = this.#database.prepare(checkpointSql("PASSIVE"));
  }

  checkpoint(): void {
    logSizeAfter(this.#checkpoint);
  }

  close(): void {
    this.#database.close();
  }
}
