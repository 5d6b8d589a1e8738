import { resolve } from "node:path";
import { isatty } from "node:tty";
import { CliError, exitCode } from "../exit-code.ts";
import { readText } from "../read-text.ts";
import type { Context, TlsFiles } from "./context.ts";

/** What a caller says of TLS and of himself. */
export interface AccessOptions {
  readonly tls?: boolean;
  /** Files. Each of them means TLS. */
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsName?: string;
  /** A file, or `-` for standard input. */
  readonly tokenFile?: string;
  readonly plainTextToken?: boolean;
}

/** The same server, called as the options say. */
export function withAccess<C extends Context>(server: C, options: AccessOptions): C {
  const { tls, tokenFile, plainTextToken } = options;
  const files = tlsFilesOf(options);
  const called: C = {
    ...server,
    ...((tls || Object.keys(files).length > 0) && { tls: { ...server.tls, ...files } }),
    ...(tokenFile !== undefined && { token: readToken(tokenFile) }),
    ...(plainTextToken && { plainTextToken }),
  };
  const { cert, key } = called.tls ?? {};
  if ((cert === undefined) !== (key === undefined))
    throw new CliError(exitCode.usage, "--tls-cert and --tls-key go together");
  return called;
}

function tlsFilesOf({ tlsCa, tlsCert, tlsKey, tlsName }: AccessOptions): TlsFiles {
  return {
    ...(tlsCa !== undefined && { ca: resolve(tlsCa) }),
    ...(tlsCert !== undefined && { cert: resolve(tlsCert) }),
    ...(tlsKey !== undefined && { key: resolve(tlsKey) }),
    ...(tlsName !== undefined && { serverName: tlsName }),
  };
}

function readToken(file: string): string {
  if (file === "-" && isatty(0))
    throw new CliError(exitCode.usage, "--token-file - reads a pipe: a terminal would show the token");
  const token = readText(file, "--token-file").trim();
  if (token === "") throw new CliError(exitCode.usage, `--token-file is empty: ${file}`);
  return token;
}
