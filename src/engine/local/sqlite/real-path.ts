import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The same for all names of a file, so that the lock beside it is the same too. */
export function realPathOf(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  const folder = dirname(file);
  return existsSync(folder) ? join(realpathSync(folder), basename(file)) : file;
}
