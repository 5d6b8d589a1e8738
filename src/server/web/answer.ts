import type { ServerResponse } from "node:http";

/** What a request is answered with, where it is answered at once. */
export interface Answer {
  readonly status: number;
  /** Names and values in turn, as `writeHead` takes them. Default: none */
  readonly headers?: readonly string[];
  /** Default: nothing */
  readonly body?: string | Uint8Array;
}

/**
 * On every answer, whatever it is: nothing here is to be framed, sniffed, kept, or run unless it comes from here. The
 * pages of a dashboard keep to the same policy: no inline script or style.
 */
export const securityHeaders: readonly string[] = [
  "Content-Security-Policy",
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options",
  "nosniff",
  "Referrer-Policy",
  "no-referrer",
  "X-Frame-Options",
  "DENY",
  "Cross-Origin-Opener-Policy",
  "same-origin",
  "Cross-Origin-Resource-Policy",
  "same-origin",
];

/** What may not be kept by anybody on its way, which is all that is not a file. */
export const notStored: readonly string[] = ["Cache-Control", "no-store"];

/** How one says who one is, where that was not said, or not truly. */
export const challenge: readonly string[] = ["WWW-Authenticate", 'Bearer realm="jobcontrol"'];

/** A short text for people. */
export function textAnswer(status: number, text: string, headers: readonly string[] = []): Answer {
  return {
    status,
    headers: ["Content-Type", "text/plain; charset=utf-8", ...notStored, ...headers],
    body: `${text}\n`,
  };
}

/** Sends it. `extra` are headers that the request calls for, whatever its answer. No effect once an answer has begun. */
export function send(response: ServerResponse, answer: Answer, extra: readonly string[] = []): void {
  if (response.headersSent) return;
  const { status, headers = [], body = "" } = answer;
  const length = Buffer.byteLength(body);
  // Where there can be no body there is no length of it.
  const framing = status === 204 || status === 304 ? [] : ["Content-Length", String(length)];
  response.writeHead(status, [...securityHeaders, ...headers, ...extra, ...framing]);
  response.end(body);
}
