/**
 * A configuration that cannot be used, and where an operator has to mend it. The message names the file, the
 * field, what was found and what was expected.
 */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** Unset for what did not come from a file. */
  readonly file: string | undefined;
  /** A path such as `types.report.process.command[0]`, a flag, or a variable. Unset for the file as a whole. */
  readonly field: string | undefined;

  constructor({ file, field }: Place, problem: string, options?: ErrorOptions) {
    const source = file === undefined ? "" : ` in ${file}`;
    const place = field === undefined ? "" : `: ${field}`;
    super(`Invalid configuration${source}${place}: ${problem}`, options);
    this.file = file;
    this.field = field;
  }
}

export interface Place {
  readonly file?: string | undefined;
  readonly field?: string | undefined;
}
