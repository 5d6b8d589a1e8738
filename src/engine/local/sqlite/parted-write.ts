import type { DatabaseSync } from "node:sqlite";
import type { BatchWriter } from "./batch-writer.ts";
import type { FilesInPlace } from "./files-in-place.ts";
import type { BatchRows } from "./store-requests.ts";

/**
 * A large batch whose parts are written as they come, in one transaction. Once that has failed nothing of it is written any more:
 * whoever has made the parts makes them again.
 */
export class PartedWrite {
  readonly #database: DatabaseSync;
  readonly #writer: BatchWriter;
  readonly #files: FilesInPlace;
  #failure: { readonly error: unknown } | undefined;

  constructor(database: DatabaseSync, writer: BatchWriter, files: FilesInPlace) {
    this.#database = database;
    this.#writer = writer;
    this.#files = files;
    this.#try(() => {
      files.assert();
      database.exec("BEGIN IMMEDIATE");
    });
  }

  add(rows: BatchRows): void {
    this.#try(() => this.#writer.write(rows));
  }

  /** Throws what has failed; then nothing of it is in the file. */
  commit(): void {
    this.#try(() => {
      // Its parts may have taken long to come.
      this.#files.assert();
      this.#database.exec("COMMIT");
    });
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Nothing of it is in the file then. */
  abandon(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#writer.undone();
  }

  #try(work: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      work();
    } catch (error) {
      this.#failure = { error };
      this.abandon();
    }
  }
}
