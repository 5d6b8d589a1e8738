import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ProcessWork } from "./work.ts";

/**
 * The file to execute for a work's program. Left to itself, the system would look up a bare name in the
 * *child's* environment, which is empty unless declared; so it is looked for here, in the declared `PATH` or
 * else in the server's own. Entries that are not absolute are passed over: they would mean the server's folder.
 * Throws an error with the code ENOENT where there is none. A name with a slash is not looked for.
 */
export function findProgram({ command: [program], env }: ProcessWork): string {
  if (program.includes("/")) return program;
  const { PATH: ownPath = "" } = process.env;
  const { PATH: path = ownPath } = env;
  const files = path
    .split(":")
    .filter(isAbsolute)
    .map((folder) => join(folder, program));
  const file = files.find(isExecutable);
  if (file === undefined) throw Object.assign(new Error(`No such program: ${program}`), { code: "ENOENT" });
  return file;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not for us: the next folder may have it.
    return false;
  }
}
