import { randomInt } from "node:crypto";
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

  /**
   * Throws a `StoreError` that names the process where another has it (STORE_IN_USE), or has had it since it was acquired with
   * this claim (STORE_LOST).
   */
  static acquire(file: string, { claim = newClaim(), isAgain = false }: LockOptions = {}): StoreLock {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(`${file}-lock`, { timeout: 0 });
      database.exec("BEGIN IMMEDIATE");
      if (isAgain && claimOf(database) !== claim) throw lost(file, database);
      // The first time to write whose it is, which readers see only once that is committed; the second time for good.
      database.exec(`
        CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL) STRICT;
        DELETE FROM holder;
        INSERT INTO holder VALUES (${process.pid});
        PRAGMA user_version = ${claim};
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

export interface LockOptions {
  /** Who has it: another number each time that it is acquired, but by the same server. Default: a new one */
  readonly claim?: number;
  /** True: only where nobody else has had it since. Default: false */
  readonly isAgain?: boolean;
}

export function newClaim(): number {
  return randomInt(1, 2 ** 31);
}

function claimOf(database: DatabaseSync): unknown {
  const { user_version: claim } = database.prepare("PRAGMA user_version").get() ?? {};
  return claim;
}

function lost(file: string, database: DatabaseSync): StoreError {
  const by = holderOf(database);
  return new StoreError("STORE_LOST", `Store was lost. Process ${by} has used it meanwhile: ${file}`);
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
