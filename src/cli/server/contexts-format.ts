import { CliError, exitCode } from "../exit-code.ts";
import { isAddress } from "./address.ts";
import type { Context, TlsFiles } from "./context.ts";

/** The servers that a person has given names, in one file of his own: `$XDG_CONFIG_HOME/jobcontrol/contexts.json`. */
export interface Contexts {
  /** The name of the one that is asked unless it is said otherwise. Unset: the server of this machine. */
  readonly current?: string | undefined;
  /** By name. */
  readonly contexts: ReadonlyMap<string, Context>;
}

/**
 * Reads the file of contexts. What is not known is refused, with a `CliError`: a later `jobctl` may have written something
 * that a server must not be called without.
 */
export function parseContexts(text: string, path: string): Contexts {
  const { current, contexts = {}, ...more } = record(parsed(text, path), path, "");
  refuseUnknown(more, path, "");
  if (current !== undefined && typeof current !== "string") throw wrong(path, "current", "is not a name");
  const known = Object.entries(record(contexts, path, "contexts")).map(
    ([name, context]) => [name, checkedContext(context, path, `contexts.${name}`)] as const,
  );
  return { current, contexts: new Map(known) };
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Its message may quote what is there, and that may be a token.
    const [place = ""] = /line \d+ column \d+/.exec(String(error)) ?? [];
    throw new CliError(exitCode.usage, `${path} is not JSON${place === "" ? "" : `: ${place}`}`);
  }
}

function checkedContext(value: unknown, path: string, field: string): Context {
  const { address, tls, token, plainTextToken, ...more } = record(value, path, field);
  refuseUnknown(more, path, `${field}.`);
  if (typeof address !== "string" || !isAddress(address))
    throw wrong(path, `${field}.address`, "is not of the form host:port");
  if (token !== undefined && typeof token !== "string") throw wrong(path, `${field}.token`, "is not a text");
  if (plainTextToken !== undefined && typeof plainTextToken !== "boolean")
    throw wrong(path, `${field}.plainTextToken`, "is neither true nor false");
  return {
    address,
    ...(tls !== undefined && { tls: checkedTls(tls, path, `${field}.tls`) }),
    ...(token !== undefined && { token }),
    ...(plainTextToken !== undefined && { plainTextToken }),
  };
}

function checkedTls(value: unknown, path: string, field: string): TlsFiles {
  const tls = record(value, path, field);
  const { ca, cert, key, serverName, ...more } = tls;
  refuseUnknown(more, path, `${field}.`);
  for (const [name, text] of Object.entries({ ca, cert, key, serverName }))
    if (text !== undefined && typeof text !== "string")
      throw wrong(path, `${field}.${name}`, "is not a text");
  return tls as TlsFiles;
}

function record(value: unknown, path: string, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw wrong(path, field, "is not an object");
}

function refuseUnknown(more: object, path: string, prefix: string): void {
  const [name] = Object.keys(more);
  if (name !== undefined) throw wrong(path, `${prefix}${name}`, "is not known to this version of jobctl");
}

function wrong(path: string, field: string, problem: string): CliError {
  return new CliError(exitCode.usage, `${path}${field === "" ? "" : `: ${field}`} ${problem}`);
}
