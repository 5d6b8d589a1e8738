import { CommanderError } from "commander";
import { CliError, exitCode } from "./exit-code.ts";
import { createProgram } from "./program/program.ts";

/** `jobctl`: runs the verb that its arguments name, and ends with the exit code of what came of it. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on("error", endQuietlyWhenNobodyReads);
  try {
    const program = await createProgram(argv[2]);
    await program.parseAsync(argv);
  } catch (error) {
    // At once: what is left of a broken connection has nothing to add.
    process.exit(report(error));
  }
}

/** Tells on stderr what went wrong. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof CliError) {
    process.stderr.write(`jobctl: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`jobctl: ${error instanceof Error ? error.message : String(error)}\n`);
  return exitCode.refused;
}

/** `jobctl list | head` is no error. */
function endQuietlyWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCode.ok);
}
