import { systemClock } from "../async/clock.ts";
import type { JobControlClient } from "../client/client.ts";
import { parseDuration } from "../server/configuration/duration.ts";
import { callError } from "./call-error.ts";
import { CliError, exitCode } from "./exit-code.ts";
import { problemOf } from "./problem.ts";
import { readText } from "./read-text.ts";
import { connect } from "./server/connect.ts";
import { type Server, type ServerOptions, serverOf } from "./server/server.ts";

export interface ConnectionOptions extends ServerOptions {
  /** A duration. Unset: 10 s for an answer, and no limit for a watch or the end of a run. */
  readonly timeout?: string | undefined;
}

/** Runs a verb on a client of its own, and turns what a call throws into a line and an exit code. */
export async function withClient(
  { timeout = "10s", ...options }: ConnectionOptions,
  verb: (client: JobControlClient, server: Server) => Promise<void>,
): Promise<void> {
  const server = await serverOf(options);
  const timeoutMs = milliseconds("--timeout", timeout);
  if (timeoutMs === 0) throw new CliError(exitCode.usage, `--timeout leaves no time: ${timeout}`);
  const client = connect(server, timeoutMs);
  process.on("SIGINT", endInterrupted);
  try {
    await verb(client, server);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw await callError(error, { server, client, timeout });
  } finally {
    process.off("SIGINT", endInterrupted);
    client[Symbol.dispose]();
  }
}

function endInterrupted(): never {
  process.exit(exitCode.interrupted);
}

/** How long a call may take that waits for a job and not only for an answer; 0: as long as it takes. */
export function patienceMs({ timeout }: ConnectionOptions): number {
  return timeout === undefined ? 0 : milliseconds("--timeout", timeout);
}

/**
 * Runs what may take as long as it takes, or with `--timeout` so long: the signal fires then, and it ends with 7, whatever
 * the calls under way make of that.
 */
export async function withPatience<T>(
  options: ConnectionOptions,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const timeoutMs = patienceMs(options);
  if (timeoutMs === 0) return work(undefined);
  const end = new AbortController();
  const late = new CliError(exitCode.deadline, `Not done within ${options.timeout}`);
  const timer = systemClock.setTimer(timeoutMs, () => end.abort(late));
  try {
    return await work(end.signal);
  } catch (error) {
    throw end.signal.aborted ? late : error;
  } finally {
    timer.cancel();
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
  const isFile = text === "-" || text.startsWith("@");
  const source = isFile ? readText(text.replace(/^@/, ""), option) : text;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw new CliError(exitCode.usage, `${option} is not JSON: ${problemOf(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CliError(exitCode.usage, `${option} is not a JSON object: ${source.trim().slice(0, 80)}`);
  }
  return value as Record<string, unknown>;
}
