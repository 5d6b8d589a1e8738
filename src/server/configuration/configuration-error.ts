/**
 * A configuration that cannot be used, and where an operator has to mend it. The message names for each problem the
 * file, the line, the field, what was found and what was expected.
 */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** All that was found wrong, at least one. */
  readonly problems: readonly Problem[];

  constructor(place: Place, problem: string, { further = [], ...options }: ConfigurationErrorOptions = {}) {
    const problems = [{ ...place, problem }, ...further];
    super(messageOf(problems), options);
    this.problems = problems;
  }

  /** Of the first problem. Unset for what did not come from a file. */
  get file(): string | undefined {
    return this.problems[0]?.file;
  }

  /** Of the first problem. A path such as `types.report.process.command[0]`, a flag, or a variable. Unset for the file as a whole. */
  get field(): string | undefined {
    return this.problems[0]?.field;
  }
}

/** Where it is. Lines and columns count from 1; a column counts UTF-16 units. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly field?: string | undefined;
}

/** One thing that is wrong: where, and a sentence that goes on after its field. */
export interface Problem extends Place {
  readonly problem: string;
}

export interface ConfigurationErrorOptions extends ErrorOptions {
  /** What else is wrong. */
  readonly further?: readonly Problem[] | undefined;
}

/** One error for several problems; there is at least one. */
export function errorOfAll(problems: readonly Problem[], options?: ErrorOptions): ConfigurationError {
  const [first, ...further] = problems;
  if (first === undefined) throw new TypeError("No problem, so no error");
  const { problem, ...place } = first;
  return new ConfigurationError(place, problem, { ...options, further });
}

/** A problem on one line, as compilers write it: `FILE:LINE:COLUMN: field: what is wrong`. */
export function textOf(problem: Problem): string {
  return [placeOf(problem), problem.field, problem.problem].filter((part) => part !== undefined).join(": ");
}

function messageOf(problems: readonly Problem[]): string {
  const [first] = problems;
  if (first !== undefined && problems.length === 1) {
    return `Invalid configuration${first.file === undefined ? ": " : " in "}${textOf(first)}`;
  }
  const lines = problems.slice(0, mostTold).map(textOf);
  if (problems.length > mostTold) lines.push(`and ${problems.length - mostTold} more`);
  return `Invalid configuration: ${problems.length} problems\n  ${lines.join("\n  ")}`;
}

/** Who has made more mistakes has made one of them again and again. */
const mostTold = 30;

/** Editors and terminals find the way to it. */
function placeOf({ file, line, column }: Place): string | undefined {
  if (file === undefined) return undefined;
  return [file, line, column].filter((part) => part !== undefined).join(":");
}
