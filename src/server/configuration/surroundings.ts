import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { findProgram } from "../../runner/find-program.ts";
import { lookAtModule } from "../../runner/thread/look-at-module.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import type { ProcessWork, Work } from "../../runner/work.ts";
import type { StoreConfiguration } from "./configuration.ts";
import { ConfigurationError, type Place, type Problem } from "./configuration-error.ts";

/**
 * What a configuration needs of the machine, and what can be known of it before a start: the modules of threads, the
 * folder of the store. What may yet come, as programs do, is only a warning.
 */
export class Surroundings {
  readonly warnings: Problem[] = [];

  /** Throws a `ConfigurationError` where no run of the work could ever begin. */
  async inspectWork(work: Work, { file, field }: Place): Promise<void> {
    if (work.kind === "process") this.#inspectProcess(work, { file, field: `${field}.process` });
    if (work.kind !== "thread") return;
    const fault = await lookAtModule(work.module);
    if (fault !== undefined) throw new ConfigurationError({ file, field: `${field}.thread` }, fault);
  }

  #inspectProcess(work: ProcessWork, { file, field }: Place): void {
    const warn = (key: string, problem: string) =>
      this.warnings.push({ file, field: `${field}.${key}`, problem });
    if (!isFolder(work.cwd)) warn("cwd", `no such folder: ${work.cwd}`);
    const [program] = work.command;
    try {
      accessSync(resolve(work.cwd, findProgram(work)), constants.X_OK);
    } catch {
      warn("command[0]", `no such program, or none that may be run: ${program}`);
    }
  }
}

/** Throws a `ConfigurationError` where the store could not even be made. Its content is looked at by a start alone. */
export function inspectStore(store: StoreConfiguration, place: Place): void {
  if (store === "memory:") return;
  const folder = dirname(store.file);
  if (!isFolder(folder)) throw new ConfigurationError(place, `no such folder: ${folder}`);
  const isThere = statSync(store.file, { throwIfNoEntry: false });
  if (isThere?.isFile() === false) throw new ConfigurationError(place, `not a file: ${store.file}`);
  try {
    accessSync(folder, constants.W_OK);
    if (isThere !== undefined) accessSync(store.file, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new ConfigurationError(place, `cannot write it: ${thrownText(error)}`, { cause: error });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there, or not for us.
    return false;
  }
}
