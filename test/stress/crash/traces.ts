import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BegunRun } from "./evidence.ts";

/** In the folder of the server: a line for each run that a function began, `job run`. */
export const begunFile = "begun.log";

/** Of a process that found another run of its job still there. */
export const sideBySideExitCode = 75;

/** What the functions of all the servers wrote down. */
export function readBegun(folder: string): readonly BegunRun[] {
  const file = join(folder, begunFile);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [jobId = "", runId = ""] = line.split(" ");
    return { jobId, runId };
  });
}
