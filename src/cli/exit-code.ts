import type { CallFailure } from "../client/call-failure.ts";

/** What a script can tell from how `jobctl` ends. `docs/cli.md` has the same table. */
export const exitCode = {
  ok: 0,
  /** The service refused, or something went wrong that has no code of its own. */
  refused: 1,
  /** Wrong usage, or a configuration that cannot be used. */
  usage: 2,
  /** The store cannot be opened. */
  store: 3,
  /** The port is in use. */
  port: 4,
  /** A run that was waited for did not succeed, or a watched job ended FAILED or LOST. */
  jobFailed: 5,
  /** The service cannot be reached, or the connection was cut. */
  unavailable: 6,
  /** The deadline passed. */
  deadline: 7,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** Ends `jobctl` with a line on stderr and an exit code. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;
  /** What the service has said, for programs. */
  readonly failure?: CallFailure | undefined;

  constructor(exitCode: number, message: string, { failure }: { readonly failure?: CallFailure } = {}) {
    super(message);
    this.exitCode = exitCode;
    this.failure = failure;
  }
}
