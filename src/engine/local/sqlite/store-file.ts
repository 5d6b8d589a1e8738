import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { inspectFile } from "./inspect-file.ts";
import { reading } from "./open-database.ts";
import { putInPlace } from "./put-in-place.ts";
import { realPathOf } from "./real-path.ts";
import { schemaVersion } from "./schema.ts";
import { damaged, storeErrorOf } from "./sqlite-fault.ts";
import { StoreError } from "./store-error.ts";
import { StoreLock } from "./store-lock.ts";

/**
 * What an operator does with a store's file: `jobctl db`. Everything here runs in the caller's thread and takes as long
 * as the file is large; a server uses none of it. Throws a `StoreError` where something is wrong with the file.
 */

export interface StoreReport {
  /** Of the file and its log. */
  readonly bytes: number;
  readonly schema: number;
  readonly jobs: number;
  readonly changes: number;
  readonly runs: number;
  readonly receipts: number;
  /** Commands that were accepted and not applied yet. */
  readonly pending: number;
}

/** Reads all of the file, also while a server uses it, and tells what is in it. Throws where anything in it is damaged. */
export function checkStore(name: string): StoreReport {
  const file = storeAt(name);
  return onFile(file, () =>
    reading(file, (database) => {
      const { integrity_check: problem } = database.prepare("PRAGMA integrity_check(1)").get() ?? {};
      if (problem !== "ok") throw damaged(file, problem);
      for (const [table, column] of jsonColumnsIn(database)) {
        if (count(database, `${table} WHERE ${column} IS NOT NULL AND NOT json_valid(${column})`) > 0)
          throw damaged(file, `${table}.${column}`);
      }
      const { user_version: schema } = database.prepare("PRAGMA user_version").get() ?? {};
      return {
        bytes: sizeOf(file) + sizeOf(`${file}-wal`),
        schema: Number(schema),
        jobs: count(database, "jobs"),
        changes: count(database, "changes"),
        runs: count(database, "runs"),
        receipts: count(database, "receipts") + count(database, "refusals"),
        pending: count(database, "pending"),
      };
    }),
  );
}

/**
 * Copies the store as it is at one moment into a file that is not there yet, also while a server uses it. The copy has an
 * epoch of its own: should it be put into use, watches begin anew instead of taking its revisions for the old ones.
 */
export function backupStore(name: string, copy: string): { readonly bytes: number } {
  const file = storeAt(name);
  if (existsSync(copy)) throw new StoreError("STORE_EXISTS", `There is a file already: ${copy}`);
  const part = `${copy}.part`;
  try {
    makeEmpty(part, copy);
    return onFile(file, () => {
      reading(file, (database) => database.prepare("VACUUM INTO ?").run(part));
      const database = new DatabaseSync(part);
      database.exec("UPDATE identity SET epoch = lower(hex(randomblob(6)))");
      database.close();
      putInPlace(part, copy);
      return { bytes: sizeOf(copy) };
    });
  } finally {
    rmSync(part, { force: true });
  }
}

/** By which it shows whether there can be a file, before the store is read for it. */
function makeEmpty(part: string, copy: string): void {
  try {
    writeFileSync(part, "");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError("STORE_INACCESSIBLE", `Cannot be written: ${copy}: ${why}`, { cause });
  }
}

/** Writes the file anew, without what is free in it. Only while no server uses it. */
export function compactStore(name: string): { readonly before: number; readonly after: number } {
  const file = storeAt(name);
  const lock = StoreLock.acquire(file);
  try {
    const before = sizeOf(file) + sizeOf(`${file}-wal`);
    onFile(file, () => rewrite(file));
    return { before, after: sizeOf(file) };
  } finally {
    lock[Symbol.dispose]();
  }
}

function rewrite(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** A store of an earlier schema has not all of them. */
function jsonColumnsIn(database: DatabaseSync) {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const names = new Set(tables.map(({ name }) => name));
  return jsonColumns.filter(([table]) => names.has(table));
}

const jsonColumns = [
  ["jobs", "status"],
  ["jobs", "rest"],
  ["job_data", "input"],
  ["job_data", "result"],
  ["changes", "status"],
  ["changes", "rest"],
  ["runs", "run"],
  ["circuits", "circuit"],
  ["receipts", "settlement"],
  ["refusals", "settlement"],
  ["pending", "command"],
] as const;

/** The file itself, beside which its log is. Throws where there is no store. */
function storeAt(name: string): string {
  const file = realPathOf(name);
  if (inspectFile(file, schemaVersion) === "nothing")
    throw new StoreError("STORE_INACCESSIBLE", `There is no store: ${file}`);
  return file;
}

function onFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeErrorOf(error, file);
  }
}

function count(database: DatabaseSync, rows: string): number {
  const { number } = database.prepare(`SELECT count(*) AS number FROM ${rows}`).get() ?? {};
  return Number(number);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
