import { readFileSync } from "node:fs";
import { type CallFailure, describeFailure } from "../client/call-failure.ts";
import type { JobControlClient } from "../client/client.ts";
import { createJobControlClient } from "../client/client.ts";
import { parseDuration } from "../server/configuration/duration.ts";
import { CliError, exitCode } from "./exit-code.ts";
import { plain } from "./output/style.ts";

export interface ConnectionOptions {
  readonly address: string;
  /** A duration. Unset: 10 s for an answer, and no limit for a watch or the end of a run. */
  readonly timeout?: string | undefined;
}

/** Runs a verb on a client of its own, and turns what a call throws into a line and an exit code. */
export async function withClient(
  { address, timeout }: ConnectionOptions,
  verb: (client: JobControlClient) => Promise<void>,
): Promise<void> {
  if (!/^(\[[^\]]+\]|[^:/\s]+):\d{1,5}$/.test(address) || !URL.canParse(`http://${address}`)) {
    throw new CliError(exitCode.usage, `Not an address of the form host:port: ${address}`);
  }
  process.on("SIGINT", () => process.exit(exitCode.interrupted));
  const timeoutMs = milliseconds("--timeout", timeout ?? "10s");
  if (timeoutMs === 0) throw new CliError(exitCode.usage, `--timeout leaves no time: ${timeout}`);
  const client = createJobControlClient({ address, timeoutMs });
  try {
    await verb(client);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw callError(describeFailure(error), { address, timeout });
  } finally {
    client[Symbol.dispose]();
  }
}

/** How long a call may take that waits for a job and not only for an answer; 0: as long as it takes. */
export function patienceMs({ timeout }: ConnectionOptions): number {
  return timeout === undefined ? 0 : milliseconds("--timeout", timeout);
}

/** Reads a duration such as `10s`. */
export function milliseconds(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new CliError(exitCode.usage, `${option} is not a duration such as 500ms, 10s or 1h30m: ${text}`);
  return ms;
}

/** Reads `key=value` options into one record. */
export function labelsOf(options: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      if (at < 1) throw new CliError(exitCode.usage, `--label is not of the form key=value: ${option}`);
      return [option.slice(0, at), option.slice(at + 1)];
    }),
  );
}

/** Reads a JSON object: as it stands, from `@file`, or from standard input with `-`. */
export function jsonObject(option: string, text: string): Record<string, unknown> {
  const source =
    text === "-" ? readInput(0, option) : text.startsWith("@") ? readInput(text.slice(1), option) : text;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw new CliError(
      exitCode.usage,
      `${option} is not JSON: ${error instanceof Error ? error.message : text}`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CliError(exitCode.usage, `${option} is not a JSON object: ${source.trim().slice(0, 80)}`);
  }
  return value as Record<string, unknown>;
}

function readInput(source: number | string, option: string): string {
  try {
    return readFileSync(source, "utf8");
  } catch (error) {
    throw new CliError(
      exitCode.usage,
      `${option} cannot be read: ${error instanceof Error ? error.message : source}`,
    );
  }
}

function callError(failure: CallFailure, { address, timeout = "10s" }: ConnectionOptions): CliError {
  const { code, reason, message, violations, retryAfterMs } = failure;
  if (reason === "") {
    // Not the service's own words, but those of the connection.
    switch (code) {
      case "UNAVAILABLE":
        return new CliError(
          exitCode.unavailable,
          `Cannot reach the service at ${address}: is \`jobctl serve\` running there?`,
        );
      case "ABORTED":
      case "CANCELLED":
        return new CliError(exitCode.unavailable, `The connection to ${address} was cut`);
      case "DEADLINE_EXCEEDED":
        return new CliError(exitCode.deadline, `Not done within ${timeout}`);
      case "INTERNAL":
        return new CliError(exitCode.refused, `No gRPC service answers at ${address}: ${plain(message)}`);
    }
  }
  const wrong = violations
    .slice(1)
    .map(({ field, description }) => `\n  ${plain(`${field}: ${description}`)}`);
  const retry = retryAfterMs === undefined ? "" : ` (try again in ${(retryAfterMs / 1000).toFixed(1)} s)`;
  const line = `${reason === "" ? code : reason}: ${plain(message)}${retry}${wrong.join("")}`;
  return new CliError(exitCodes[code] ?? exitCode.refused, line);
}

const exitCodes: Readonly<Record<string, number>> = {
  UNAVAILABLE: exitCode.unavailable,
  DEADLINE_EXCEEDED: exitCode.deadline,
};
