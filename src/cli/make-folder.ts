import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it that are missing. Where a file system takes no folders, as below `/proc`, Node's own
 * `recursive` never comes back: this says so. Throws the system's error where that tells what is wrong.
 */
export function makeFolder(path: string, { mode = 0o777 } = {}): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  makeFolder(above, { mode });
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (existsSync(path)) return;
    if (!isMissing(error)) throw error;
    throw new Error(`no folder can be made in ${above}: ${path}`, { cause: error });
  }
}

/** What is missing is not the folder above. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
