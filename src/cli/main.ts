import { CommanderError } from "commander";
import { CliError, exitCode } from "./exit-code.ts";
import { jsonText } from "./output/json-text.ts";
import { problemOf } from "./problem.ts";
import { createProgram } from "./program/program.ts";

/** `jobctl`: runs the verb that its arguments name, and ends with the exit code of what came of it. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on("error", endUnwritten);
  const code = await carryOut(argv);
  // At once: what is left of a broken connection has nothing to add.
  if (code !== exitCode.ok) process.exit(code);
}

/** Carries out what the arguments say, and tells on stderr what went wrong. Returns the exit code. */
export async function carryOut(argv: readonly string[]): Promise<number> {
  const json = isJsonAsked(argv);
  try {
    const program = await createProgram(argv[2], { tellErrors: !json });
    await program.parseAsync(argv);
    return exitCode.ok;
  } catch (error) {
    return report(error, { json });
  }
}

/** Tells on stderr what went wrong, where it was not told yet. Returns the exit code. */
function report(error: unknown, { json }: { readonly json: boolean }): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCode.ok;
    const usage = new CliError(exitCode.usage, error.message.replace(/^error: /, ""));
    // For a person it was told where it was found, with where help is.
    return json ? report(usage, { json }) : usage.exitCode;
  }
  const message = problemOf(error);
  const told = error instanceof CliError ? error : new CliError(exitCode.refused, message);
  process.stderr.write(json ? `${jsonText({ error: dataOf(told) })}\n` : `jobctl: ${message}\n`);
  return told.exitCode;
}

/** What went wrong, for programs: the line that a person would read, and what the service has said as data. */
function dataOf({ message, exitCode, failure }: CliError): object {
  if (failure === undefined) return { message, exitCode };
  const { code, reason, metadata, retryAfterMs } = failure;
  const violations = failure.violations.map(({ field, description }) => ({ field, description }));
  return { message, exitCode, code, reason, metadata, retryAfterMs, violations };
}

/** Also where what it is asked of was not understood. */
function isJsonAsked(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).includes("--json");
}

/** `jobctl list | head` is no error; a disk that is full is one. */
function endUnwritten(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(exitCode.ok);
  process.stderr.write(`jobctl: Cannot write: ${error.message}\n`);
  process.exit(exitCode.refused);
}
