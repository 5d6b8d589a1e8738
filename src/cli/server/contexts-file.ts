import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { CliError, exitCode } from "../exit-code.ts";
import { makeFolder } from "../make-folder.ts";
import { problemOf } from "../problem.ts";
import { type Contexts, parseContexts } from "./contexts-format.ts";

/**
 * Where the file is, or would be. It holds tokens, so nobody else may read it: it is written for its owner alone, and not
 * used where others can.
 */
export function contextsPath(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: configured = "" } = env;
  // What is not absolute does not count, says XDG.
  const folder = isAbsolute(configured) ? configured : join(homedir(), ".config");
  return join(folder, "jobcontrol", "contexts.json");
}

/** What the file says; nothing where there is none. Throws a `CliError` where it cannot be used. */
export function readContexts(path = contextsPath()): Contexts {
  const text = readPrivately(path);
  return text === undefined ? { contexts: new Map() } : parseContexts(text, path);
}

/** Puts it in the place of the one before, whole or not at all. Makes the folder where there is none. */
export function writeContexts({ current, contexts }: Contexts, path = contextsPath()): void {
  const text = JSON.stringify({ current, contexts: Object.fromEntries(contexts) }, null, 2);
  makeFolder(dirname(path), { mode: 0o700 });
  // A link stays one: the file that it leads to is written.
  const file = realPath(path);
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The text of the file, or undefined where there is none. Who may read it is asked of the very file that is read. */
function readPrivately(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new CliError(exitCode.usage, `Cannot read the contexts: ${problemOf(error)}`);
  }
  try {
    const { mode } = fstatSync(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new CliError(exitCode.usage, `Others may read ${path}: close it to them with chmod 600 ${path}`);
    }
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // There is none yet.
    return path;
  }
}
