import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { inspectFile } from "./inspect-file.ts";
import { type LoadOptions, loadRows } from "./load-rows.ts";
import { makeStore, migrate, versionOf } from "./migrate.ts";
import { migrations } from "./schema.ts";
import { storeErrorOf } from "./sqlite-fault.ts";
import type { LoadedRows } from "./store-requests.ts";

export interface OpenedStore {
  readonly database: DatabaseSync;
  readonly loaded: LoadedRows;
}

export interface OpenStoreOptions extends LoadOptions {
  /** Default: those of this version */
  readonly steps?: readonly string[];
}

/**
 * Opens a store's file for its one writer and reads what it holds; makes it where there is none, and brings an older one
 * to the present schema. Throws a `StoreError`; a file that is refused is as it was, byte for byte.
 */
export function openStore(file: string, { steps = migrations, ...options }: OpenStoreOptions): OpenedStore {
  let database: DatabaseSync | undefined;
  try {
    if (inspectFile(file, steps.length) === "nothing") makeStore(file, steps);
    options.onPart({ kind: "held" });
    // By a connection that cannot write: closing it changes nothing, whatever it finds.
    const loaded = reading(file, (reader) => firstLook(reader));
    database = openForWriting(file);
    migrate(database, steps);
    return { database, loaded: loaded ?? loadRows(database, options) };
  } catch (error) {
    database?.close();
    throw storeErrorOf(error, file);
  }

  /** All of it where the schema is the present one; of an older one, whether it is sound. */
  function firstLook(reader: DatabaseSync): LoadedRows | undefined {
    if (versionOf(reader) === steps.length) return loadRows(reader, options);
    reader.exec("SELECT count(*) FROM sqlite_schema");
    return undefined;
  }
}

/** Gives `use` a connection that changes nothing, not even by being closed. */
export function reading<T>(file: string, use: (database: DatabaseSync) => T): T {
  // Where there is no log, SQLite is told so, or it would make an empty one.
  const hasLog = existsSync(`${file}-wal`);
  const path = hasLog ? file : new URL("?immutable=1", pathToFileURL(file));
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** Opens a file that is a store of the present schema, and changes nothing of it. */
export function openForWriting(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = ${largestIdleLog};
  `);
  return database;
}

/** How long a connection waits for another one's short locks. */
export const busyTimeoutMs = 5000;

/** How large the write-ahead log's file may stay once all of it is in the main file. In bytes. */
const largestIdleLog = 16 * 1024 * 1024;
