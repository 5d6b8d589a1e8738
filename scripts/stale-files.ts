import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Names the files, relative to both folders, that differ or that only one of them has. */
export function staleFiles(fresh: string, current: string): string[] {
  const names = new Set([...listFiles(fresh), ...listFiles(current)]);
  return [...names].sort().filter((name) => contentOf(join(fresh, name)) !== contentOf(join(current, name)));
}

/** All files below a folder, relative to it; none where there is no such folder. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Byte for byte. Undefined where the file is missing: that is a difference, not a failure. */
function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "latin1") : undefined;
}
