import { readFileSync } from "node:fs";
import { type CallFailure, describeFailure } from "../client/call-failure.ts";
import type { JobControlClient } from "../client/client.ts";
import { createJobControlClient } from "../client/client.ts";
import { parseDuration } from "../server/configuration/duration.ts";
import { CliError, exitCode } from "./exit-code.ts";

export interface ConnectionOptions {
  readonly address: string;
  /** A duration; unset: no deadline. */
  readonly timeout?: string | undefined;
}

/** Runs a verb on a client of its own, and turns what a call throws into a line and an exit code. */
export async function withClient(
  { address, timeout }: ConnectionOptions,
  verb: (client: JobControlClient) => Promise<void>,
): Promise<void> {
  if (!/^(\[[^\]]+\]|[^:/\s]+):\d{1,5}$/.test(address)) {
    throw new CliError(exitCode.usage, `Not an address of the form host:port: ${address}`);
  }
  const client = createJobControlClient({
    address,
    timeoutMs: timeout === undefined ? undefined : milliseconds("--timeout", timeout),
  });
  try {
    await verb(client);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw callError(describeFailure(error), address);
  } finally {
    client[Symbol.dispose]();
  }
}

/** Reads a duration such as `10s`. */
export function milliseconds(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new CliError(exitCode.usage, `${option} is not a duration such as 500ms, 10s or 1h30m: ${text}`);
  return ms;
}

/** Reads `key=value` options into one record. */
export function labelsOf(options: readonly string[]): Record<string, string> {
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

function callError(failure: CallFailure, address: string): CliError {
  const { code, reason, message, violations, retryAfterMs } = failure;
  if (reason === "" && code === "UNAVAILABLE") {
    return new CliError(
      exitCode.unavailable,
      `Cannot reach the service at ${address}: is \`jobctl serve\` running there?`,
    );
  }
  const wrong = violations.slice(1).map(({ field, description }) => `\n  ${field}: ${description}`);
  const retry = retryAfterMs === undefined ? "" : ` (try again in ${(retryAfterMs / 1000).toFixed(1)} s)`;
  const line = `${reason === "" ? code : reason}: ${message}${retry}${wrong.join("")}`;
  return new CliError(exitCodes[code] ?? exitCode.refused, line);
}

const exitCodes: Readonly<Record<string, number>> = {
  UNAVAILABLE: exitCode.unavailable,
  DEADLINE_EXCEEDED: exitCode.deadline,
};
