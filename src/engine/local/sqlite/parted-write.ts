import type { DatabaseSync } from "node:sqlite";
import type { BatchWriter } from "./batch-writer.ts";
import type { FilesInPlace } from "./files-in-place.ts";
import type { BatchRows } from "./store-requests.ts";

/**
 * A large batch whose parts are written as they come, in one transaction. Where that fails, or something else comes in between,
 * it is rolled back: the parts are kept, so that the batch can still be written in one go.
 */
export class PartedWrite {
  readonly parts: BatchRows[] = [];
  readonly #database: DatabaseSync;
  readonly #writer: BatchWriter;
  #isOpen: boolean;

  constructor(database: DatabaseSync, writer: BatchWriter, files: FilesInPlace) {
    this.#database = database;
    this.#writer = writer;
    this.#isOpen = true;
    this.#try(() => {
      files.assert();
      database.exec("BEGIN IMMEDIATE");
    });
  }

  add(rows: BatchRows): void {
    this.parts.push(rows);
    this.#try(() => this.#writer.write(rows));
  }

  /** True where all parts are in the file. */
  commit(): boolean {
    const isOpen = this.#try(() => this.#database.exec("COMMIT"));
    this.#isOpen = false;
    return isOpen;
  }

  rollBack(): void {
    this.#isOpen = false;
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  /** True while nothing has failed. */
  #try(work: () => void): boolean {
    try {
      if (this.#isOpen) work();
    } catch {
      // Whoever writes it in one go will see.
      this.rollBack();
    }
    return this.#isOpen;
  }
}
