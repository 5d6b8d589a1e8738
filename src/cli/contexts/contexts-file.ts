import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { isAddress } from "../address.ts";
import { CliError, exitCode } from "../exit-code.ts";

/**
 * The servers that a person has given names, in one file of his own: `$XDG_CONFIG_HOME/jobcontrol/contexts.json`. It will
 * hold tokens, so nobody else may read it: it is written for its owner alone, and not used where others can.
 */
export interface Contexts {
  /** The name of the one that is asked unless it is said otherwise. Unset: the server of this machine. */
  readonly current?: string | undefined;
  /** By name. */
  readonly contexts: ReadonlyMap<string, Context>;
}

export interface Context {
  /** `host:port` */
  readonly address: string;
}

/** Where the file is, or would be. */
export function contextsPath(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: configured = "" } = env;
  // What is not absolute does not count, says XDG.
  const folder = isAbsolute(configured) ? configured : join(homedir(), ".config");
  return join(folder, "jobcontrol", "contexts.json");
}

/** What the file says; nothing where there is none. Throws a `CliError` where it cannot be used. */
export function readContexts(path = contextsPath()): Contexts {
  const text = readPrivately(path);
  return text === undefined ? { contexts: new Map() } : checked(parsed(text, path), path);
}

/** Puts it in the place of the one before, whole or not at all. Makes the folder where there is none. */
export function writeContexts({ current, contexts }: Contexts, path = contextsPath()): void {
  const text = JSON.stringify({ current, contexts: Object.fromEntries(contexts) }, null, 2);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
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
    throw new CliError(exitCode.usage, `Cannot read the contexts: ${messageOf(error)}`);
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

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(exitCode.usage, `${path} is not JSON: ${messageOf(error)}`);
  }
}

/** What is not known is refused: a later `jobctl` may have written that a server must not be asked in plain text. */
function checked(value: unknown, path: string): Contexts {
  const { current, contexts = {}, ...more } = record(value, path, "");
  refuseUnknown(more, path, "");
  if (current !== undefined && typeof current !== "string") throw wrong(path, "current", "is not a name");
  const known = Object.entries(record(contexts, path, "contexts")).map(([name, context]) => {
    const { address, ...rest } = record(context, path, `contexts.${name}`);
    refuseUnknown(rest, path, `contexts.${name}.`);
    if (typeof address !== "string" || !isAddress(address))
      throw wrong(path, `contexts.${name}.address`, "is not of the form host:port");
    return [name, { address }] as const;
  });
  return { current, contexts: new Map(known) };
}

function record(value: unknown, path: string, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw wrong(path, field, "is not an object");
}

function refuseUnknown(more: object, path: string, prefix: string): void {
  const [name] = Object.keys(more);
  if (name !== undefined) throw wrong(path, `${prefix}${name}`, "is not known to this version of jobctl");
}

function wrong(path: string, field: string, problem: string): CliError {
  return new CliError(exitCode.usage, `${path}${field === "" ? "" : `: ${field}`} ${problem}`);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // There is none yet.
    return path;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
