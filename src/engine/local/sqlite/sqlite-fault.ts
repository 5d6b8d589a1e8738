import { StoreError } from "./store-error.ts";

/** The primary result codes of SQLite that are told apart here. */
const resultCode = {
  busy: 5,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  notADatabase: 26,
} as const;

/** SQLite's primary result code of what was thrown; undefined for anything but an error of SQLite. */
function resultCodeOf(error: unknown): number | undefined {
  const isSqlite = error instanceof Error && "errcode" in error && typeof error.errcode === "number";
  return isSqlite ? Number(error.errcode) & 0xff : undefined;
}

/** True where another connection has the lock. */
export function isBusy(error: unknown): boolean {
  return resultCodeOf(error) === resultCode.busy;
}

/** True where SQLite says that there is no room. */
export function isFull(error: unknown): boolean {
  return resultCodeOf(error) === resultCode.full;
}

/** True where the system could not do what SQLite asked of it. Of a full disk it is sometimes all that SQLite says. */
export function isInputOutputError(error: unknown): boolean {
  return resultCodeOf(error) === resultCode.inputOutput;
}

/** True where the file is none of SQLite's, or not a sound one. */
export function isUnsound(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === resultCode.corrupt || code === resultCode.notADatabase;
}

/** What opening or reading a file failed with, as the error that its operator reads. */
export function storeErrorOf(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  switch (resultCodeOf(error)) {
    case resultCode.busy:
      return new StoreError("STORE_IN_USE", `Store is in use: ${file}`, { cause: error });
    case resultCode.readOnly:
      return new StoreError("STORE_READ_ONLY", `Store cannot be written: ${file}`, { cause: error });
    case resultCode.corrupt:
      return damaged(file, error);
    case resultCode.notADatabase:
      return new StoreError("STORE_FOREIGN", `Not a store of jobcontrol: ${file}`, { cause: error });
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return new StoreError("STORE_INACCESSIBLE", `Store cannot be opened: ${file}: ${why}`, {
        cause: error,
      });
    }
  }
}

export function damaged(file: string, cause?: unknown): StoreError {
  return new StoreError("STORE_DAMAGED", `Store is damaged: ${file}`, { cause });
}
