import { statSync } from "node:fs";
import type { JsonObject } from "../job/json.ts";
import type { RunResult } from "../job/run-result.ts";
import { copyJsonObject } from "./json-result.ts";
import type { OutputTail } from "./output-tail.ts";
import { plainText } from "./plain-text.ts";
import { exitCodeOfSignal } from "./process-group.ts";
import { failed } from "./run-report.ts";
import { thrownText } from "./thrown-text.ts";
import type { ProcessWork } from "./work.ts";

/** How a leader ended: one of the two is set. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Output {
  readonly stdout: OutputTail;
  readonly stderr: OutputTail;
}

/** The outcome of a program. `ending` is undefined for one that SIGKILL did not end in time. */
export function resultOf(ending: Ending | undefined, { stdout, stderr }: Output): RunResult {
  if (ending === undefined) {
    return failed("ABANDONED", "The process did not end after SIGKILL, and was abandoned", false);
  }
  if (ending.signal !== null) {
    const message = withLastLine(`Ended by ${ending.signal}`, stderr);
    return { ...failed("SIGNALLED", message, true), exitCode: exitCodeOfSignal(ending.signal) };
  }
  const exitCode = ending.code ?? 0;
  if (exitCode !== 0) {
    return { ...failed("EXIT_CODE", withLastLine(`Exited with code ${exitCode}`, stderr), true), exitCode };
  }
  const result = jsonOf(stdout);
  if (result !== undefined) return { kind: "succeeded", result, message: "", exitCode };
  return { kind: "succeeded", message: plainText(stdout.lastLine(), longestMessage), exitCode };
}

const longestMessage = 256;
const longestFailure = 1024;

function withLastLine(what: string, stderr: OutputTail): string {
  const line = plainText(stderr.lastLine(), longestFailure);
  return line === "" ? what : plainText(`${what}: ${line}`, longestFailure);
}

/** The result of a program that writes one JSON object and nothing else. */
function jsonOf(stdout: OutputTail): JsonObject | undefined {
  const text = stdout.whole()?.trim();
  if (!text?.startsWith("{")) return undefined;
  try {
    return copyJsonObject(JSON.parse(text));
  } catch {
    // Not JSON, or nested too deep: then it is only output.
    return undefined;
  }
}

/** The outcome of a program that could not be started, with the cause an operator can mend. */
export function spawnFailure(work: ProcessWork, error: unknown): RunResult {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = plainText(causeOf(work, { code, error }), longestFailure);
  return failed("SPAWN_FAILED", message, passing.has(code));
}

/** What the system lacks for the moment: processes, files, memory. */
const passing: ReadonlySet<unknown> = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

interface SpawnError {
  readonly code: unknown;
  readonly error: unknown;
}

function causeOf({ command: [program], cwd }: ProcessWork, { code, error }: SpawnError): string {
  // The system says ENOENT for either, so look which it was.
  if (!isDirectory(cwd)) return `No such working directory: ${cwd}`;
  if (isOfMark(error)) return `Cannot start ${program}: ${thrownText(error)}`;
  if (code === "ENOENT") return `Program not found: ${program}`;
  if (code === "EACCES") return `Program cannot be executed: ${program}`;
  return `Cannot start ${program}: ${typeof code === "string" ? code : thrownText(error)}`;
}

/** It came before the program had its turn: the mark of the run could not be written. */
function isOfMark(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && !String(error.syscall).startsWith("spawn");
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there, or hidden from us: no directory to start in, either way.
    return false;
  }
}
