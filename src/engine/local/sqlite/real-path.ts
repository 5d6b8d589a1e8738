import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The same for all names of a file, through whatever links, also where these lead to nothing yet: so that what is beside
 * it, its lock and the marks of its runs, is the same too. Links that lead nowhere, or in a circle, are left to who opens it.
 */
export function realPathOf(file: string): string {
  return follow(file, mostLinks);
}

function follow(file: string, links: number): string {
  if (!existsSync(dirname(file))) return file;
  const path = join(realpathSync(dirname(file)), basename(file));
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink && links > 0 ? follow(resolve(dirname(path), readlinkSync(path)), links - 1) : path;
}

/** As many as Linux follows. */
const mostLinks = 40;
