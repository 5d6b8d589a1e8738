import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";

/**
 * CORS, for the origins that the operator has listed and for nobody else: which of the answers a page from there may
 * read, and what it may send.
 */

/** The headers of every answer to a page from `origin`. */
export function corsHeaders(origin: string | undefined): readonly string[] {
  if (origin === undefined) return [];
  return ["Access-Control-Allow-Origin", origin, "Vary", "Origin", "Access-Control-Expose-Headers", exposed];
}

/** What OPTIONS is answered with: to a listed page what it may do, and to anybody which methods there are. */
export function optionsAnswer({ headers }: IncomingMessage, { origin, methods }: OptionsRequest): Answer {
  const allow = ["Allow", methods];
  if (origin === undefined) return { status: 204, headers: allow };
  const preflight = [
    ...["Access-Control-Allow-Methods", methods],
    ...["Access-Control-Allow-Headers", accepted],
    ...["Access-Control-Max-Age", "7200"],
  ];
  const isPrivate = headers["access-control-request-private-network"] === "true";
  if (isPrivate) preflight.push("Access-Control-Allow-Private-Network", "true");
  return { status: 204, headers: [...allow, ...preflight] };
}

interface OptionsRequest {
  readonly origin: string | undefined;
  /** As `Allow` lists them. */
  readonly methods: string;
}

/** What the web's clients send. */
const accepted = [
  "Authorization",
  "Content-Type",
  "Content-Encoding",
  "Connect-Protocol-Version",
  "Connect-Timeout-Ms",
  "Connect-Content-Encoding",
  "Connect-Accept-Encoding",
  "Grpc-Timeout",
  "Grpc-Encoding",
  "Grpc-Accept-Encoding",
  "X-Grpc-Web",
  "X-User-Agent",
].join(", ");

/** What they read. */
const exposed = [
  "Grpc-Status",
  "Grpc-Message",
  "Grpc-Status-Details-Bin",
  "Grpc-Retry-Pushback-Ms",
  "Connect-Content-Encoding",
].join(", ");
