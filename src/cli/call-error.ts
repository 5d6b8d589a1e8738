import { type CallFailure, describeFailure } from "../client/call-failure.ts";
import type { JobControlClient } from "../client/client.ts";
import { isThisMachine } from "../client/this-machine.ts";
import { adviceOn } from "./advice.ts";
import { CliError, exitCode } from "./exit-code.ts";
import { plain } from "./output/style.ts";
import type { Server } from "./server/server.ts";
import { tlsError } from "./tls-advice.ts";

interface Call {
  readonly server: Server;
  readonly client: JobControlClient;
  /** A duration: what it was given. */
  readonly timeout: string;
}

/** What a call has failed with, as a line for a person and an exit code. The service is asked what may have been meant. */
export async function callError(thrown: unknown, call: Call): Promise<CliError> {
  const failure = describeFailure(thrown);
  if (failure.reason === "") return tlsError(thrown, call.server) ?? connectionError(failure, call);
  const { code, reason, message, violations, retryAfterMs } = failure;
  const advice = [
    retryAfterMs === undefined ? "" : `try again in ${(retryAfterMs / 1000).toFixed(1)} s`,
    await adviceOn(failure, call),
  ].filter((text) => text !== "");
  const hint = advice.length === 0 ? "" : ` (${plain(advice.join("; "))})`;
  const wrong = violations
    .slice(1)
    .map(({ field, description }) => `\n  ${plain(`${field}: ${description}`)}`);
  const line = `${reason}: ${plain(message)}${hint}${wrong.join("")}`;
  return new CliError(exitCodes[code] ?? exitCode.refused, line, { failure });
}

/** Not the service's own words, but those of the connection. */
function connectionError(failure: CallFailure, call: Call): CliError {
  const [code, line] = connectionLine(failure, call);
  return new CliError(code, line, { failure });
}

function connectionLine(
  { code, message }: CallFailure,
  { server, timeout }: Call,
): readonly [code: number, line: string] {
  const place = placeOf(server);
  switch (code) {
    case "UNAVAILABLE":
      return [exitCode.unavailable, `Cannot reach the service at ${place}: ${whyNot(message)}`];
    case "ABORTED":
    case "CANCELLED":
      return [exitCode.unavailable, `The connection to ${place} was cut${tlsHint(server)}`];
    case "DEADLINE_EXCEEDED":
      return [exitCode.deadline, `Not done within ${timeout}`];
    case "INTERNAL":
      return [exitCode.refused, `No gRPC service answers at ${place}: ${plain(message)}`];
    case "UNKNOWN":
      // The client's own words.
      return [exitCode.refused, plain(message)];
    default:
      return [exitCode.refused, `${code}: ${plain(message)}`];
  }
}

/** True where the connection was there and was cut, so that nobody knows what has become of the call. */
export function wasCut({ code, reason, message }: CallFailure): boolean {
  if (reason !== "") return false;
  if (code === "UNAVAILABLE") return !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH/.test(message);
  return code === "ABORTED" || code === "CANCELLED";
}

/** `127.0.0.1:50051`, or with the context that has named it. */
export function placeOf({ address, context }: Server): string {
  return context === undefined ? address : `${address} (context ${context})`;
}

/** So does a server end it that speaks TLS and hears plain text. */
function tlsHint({ address, tls }: Server): string {
  return tls !== undefined || isThisMachine(address) ? "" : " (if TLS is spoken there: --tls)";
}

function whyNot(message: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) return "there is no host of that name";
  return "is `jobctl serve` running there? Another server: --address or --context";
}

const exitCodes: Readonly<Record<string, number>> = {
  UNAVAILABLE: exitCode.unavailable,
  DEADLINE_EXCEEDED: exitCode.deadline,
};
