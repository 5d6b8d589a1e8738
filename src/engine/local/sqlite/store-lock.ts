import { DatabaseSync } from "node:sqlite";
import { isBusy, isUnsound, storeErrorOf } from "./sqlite-fault.ts";
import { StoreError } from "./store-error.ts";

/**
 * The right to be the one server of a store: a lock on a file beside it (`…-lock`), which the system lets go of when
 * the process ends, however it ends. The file stays; in it is the pid of the last one that had the lock.
 */
export class StoreLock implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Throws a `StoreError` that names the process where another has it: STORE_IN_USE. */
  static acquire(file: string): StoreLock {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(`${file}-lock`, { timeout: 0 });
      // The first time to write whose it is, which readers see only once that is committed; the second time for good.
      database.exec(`
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL) STRICT;
        DELETE FROM holder;
        INSERT INTO holder VALUES (${process.pid});
        COMMIT;
        BEGIN IMMEDIATE;
      `);
      return new StoreLock(database);
    } catch (error) {
      const place = isUnsound(error) ? `${file}-lock` : file;
      const refusal = isBusy(error) ? inUse(file, database) : storeErrorOf(error, place);
      database?.close();
      throw refusal;
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function inUse(file: string, database: DatabaseSync | undefined): StoreError {
  return new StoreError("STORE_IN_USE", `Store is in use by process ${holderOf(database)}: ${file}`);
}

/** Not known in the moment in which another one begins. */
function holderOf(database: DatabaseSync | undefined): string {
  try {
    const { pid = "(starting)" } = database?.prepare("SELECT pid FROM holder").get() ?? {};
    return String(pid);
  } catch {
    return "(starting)";
  }
}
