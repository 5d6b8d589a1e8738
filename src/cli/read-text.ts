import { readFileSync } from "node:fs";
import { CliError, exitCode } from "./exit-code.ts";
import { problemOf } from "./problem.ts";

/** The text of a file, or with `-` of standard input. `what` is what it is for, as a person says it. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new CliError(exitCode.usage, `${what} cannot be read: ${problemOf(error)}`);
  }
}
