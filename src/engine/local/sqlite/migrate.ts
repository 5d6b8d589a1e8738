import { chmodSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { putInPlace } from "./put-in-place.ts";

/**
 * Makes an empty store. It has another name (`…-part`) until it is whole: where its making is cut short, there is no file,
 * and the next start makes it anew. Only for who has the lock.
 */
export function makeStore(file: string, steps: readonly string[]): void {
  const part = `${file}-part`;
  try {
    rmSync(part, { force: true });
    writeEmptyStore(part, steps);
    const empty = statSync(file, { throwIfNoEntry: false });
    if (empty !== undefined) chmodSync(part, empty.mode);
    // SQLite would take what is left of a file that was lost for the new one's, and undo that.
    rmSync(`${file}-journal`, { force: true });
    putInPlace(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

function writeEmptyStore(path: string, steps: readonly string[]): void {
  const database = new DatabaseSync(":memory:");
  try {
    migrate(database, steps);
    database.prepare("VACUUM INTO ?").run(path);
  } finally {
    database.close();
  }
}

/** Does the steps that are missing, each whole or not at all. */
export function migrate(database: DatabaseSync, steps: readonly string[]): void {
  for (let version = versionOf(database); version < steps.length; version++) {
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(`${steps[version]}; PRAGMA user_version = ${version + 1}; COMMIT`);
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
    // So that the version stands in the file's own header, where an earlier jobcontrol looks for it.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
}

/** How many of the steps were done. */
export function versionOf(database: DatabaseSync): number {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() ?? {};
  return Number(version);
}
