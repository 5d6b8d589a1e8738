import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { applicationId } from "./schema.ts";
import { damaged, storeErrorOf } from "./sqlite-fault.ts";
import { StoreError } from "./store-error.ts";

/**
 * Looks at a file before SQLite may touch it, by its header alone, and tells whether there is a store or nothing
 * yet. Throws a `StoreError` for what is no store (STORE_FOREIGN), one of a later version (STORE_TOO_NEW), or not whole (STORE_DAMAGED).
 */
export function inspectFile(file: string, knownVersion: number): "store" | "nothing" {
  const hasLog = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const found = readHeader(file);
  if (found === undefined || found.size === 0) {
    // SQLite would take the log of a lost file for one of another, and delete it.
    if (hasLog) throw damaged(file);
    return "nothing";
  }
  const { header, size } = found;
  if (header.length < headerSize || !header.subarray(0, magic.length).equals(magic)) throw foreign(file);
  if (header.readUInt32BE(68) !== applicationId) throw foreign(file);
  const version = header.readUInt32BE(60);
  if (version > knownVersion)
    throw new StoreError(
      "STORE_TOO_NEW",
      `Store was made by a later version of jobcontrol: ${file}: schema ${version}, known up to ${knownVersion}`,
    );
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  // With a log beside it the pages at its end may still be there alone: a checkpoint writes the header before them.
  if (!hasLog && size < pageSize * header.readUInt32BE(28)) throw damaged(file);
  return "store";
}

const headerSize = 100;
const magic = Buffer.from("SQLite format 3\0");

function readHeader(file: string): { readonly header: Buffer; readonly size: number } | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const header = Buffer.alloc(headerSize);
    const read = readSync(descriptor, header);
    return { header: header.subarray(0, read), size: fstatSync(descriptor).size };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw storeErrorOf(error, file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function foreign(file: string): StoreError {
  return new StoreError("STORE_FOREIGN", `Not a store of jobcontrol: ${file}`);
}
