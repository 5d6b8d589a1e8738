import { createJobControlClient, type JobControlClient } from "../../client/client.ts";
import type { TlsOptions } from "../../client/tls.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { problemOf } from "../problem.ts";
import { readText } from "../read-text.ts";
import type { Context, TlsFiles } from "./context.ts";

/** A client of this server. Throws a `CliError` where it cannot be called so. */
export function connect(
  { address, tls, token, plainTextToken }: Context,
  timeoutMs: number,
): JobControlClient {
  const options = {
    address,
    token,
    plainTextToken,
    timeoutMs,
    tls: tls === undefined ? false : readTls(tls),
  };
  try {
    return createJobControlClient(options);
  } catch (error) {
    const problem = problemOf(error);
    throw new CliError(exitCode.usage, `${problem}${hintFor(problem)}`);
  }
}

function readTls({ ca, cert, key, serverName }: TlsFiles): TlsOptions {
  return {
    ca: ca && readPem(ca, "CERTIFICATE"),
    cert: cert && readPem(cert, "CERTIFICATE"),
    key: key && readPem(key, "PRIVATE KEY"),
    serverName,
  };
}

/** Of a file without any certificate Node would say only that no start line is there. */
function readPem(file: string, content: string): string {
  const text = readText(file, "A file for TLS");
  if (text.includes(`${content}-----`)) return text;
  throw new CliError(exitCode.usage, `There is no ${content.toLowerCase()} in PEM in ${file}`);
}

function hintFor(problem: string): string {
  if (/plain text/.test(problem)) return " (--tls, or --plain-text-token where a proxy does TLS on the way)";
  return "";
}
