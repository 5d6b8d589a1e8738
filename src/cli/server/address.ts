import { CliError, exitCode } from "../exit-code.ts";

/** True for `127.0.0.1:50051`, `jobs.example.com:443` or `[::1]:50051`. */
export function isAddress(text: string): boolean {
  return /^(\[[^\]]+\]|[^:/?#@\s]+):\d{1,5}$/.test(text) && URL.canParse(`http://${text}`);
}

export interface Place {
  /** `host:port` */
  readonly address: string;
  /** Set: it is one of TLS. */
  readonly tls?: object;
}

/** Reads `host:port`, or what a browser calls the same: `https://jobs.example.com`, `http://127.0.0.1:50051/`. */
export function readAddress(text: string): Place {
  if (isAddress(text)) return { address: text };
  const [, scheme = "", host = "", port] =
    /^(https?):\/\/(\[[^\]]+\]|[^:/?#@\s]+)(:\d+)?\/?$/.exec(text) ?? [];
  const isTls = scheme === "https";
  const address = `${host}${port ?? (isTls ? ":443" : ":80")}`;
  if (scheme === "" || !isAddress(address))
    throw new CliError(exitCode.usage, `Not an address of the form host:port: ${text}`);
  return { address, ...(isTls && { tls: {} }) };
}
