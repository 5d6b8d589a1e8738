import type { IncomingHttpHeaders } from "node:http";
import { Code, type ConnectError } from "@connectrpc/connect";
import { withReason } from "../../rpc/errors.ts";
import type { Answer } from "./answer.ts";

/**
 * How one protocol puts messages into HTTP: what the protocols have to say differently, and nothing that they share.
 * What connect has for it (errors as JSON, trailers, timeouts, content types) is taken from there.
 */
export interface WebProtocol {
  /** As connect calls it. */
  readonly name: string;
  readonly isJson: boolean;
  /** What a request may have besides its message. */
  readonly overheadBytes: number;
  /** Undefined without a deadline. Throws INVALID_FIELD. */
  timeoutMs(headers: IncomingHttpHeaders): number | undefined;
  /** The one message of a request. Throws what is wrong with the bytes, as a `ConnectError`. */
  open(body: Buffer, options: OpenOptions): Promise<Buffer>;
  /** The answer of a unary call that went well. */
  answer(message: Buffer, trailer: Headers | undefined): Answer;
  /** The answer of a call that went wrong before its first message. */
  refusal(error: ConnectError): Answer;
}

/** A protocol that can answer with more than one message. */
export interface StreamingProtocol extends WebProtocol {
  readonly contentType: string;
  /** One message on its way. */
  frame(message: Buffer): Buffer;
  /** What comes after the last message. */
  ending(error: ConnectError | undefined, trailer: Headers | undefined): Buffer;
}

export interface OpenOptions {
  readonly headers: IncomingHttpHeaders;
  /** The most that a message may have, once it is unpacked. */
  readonly maxBytes: number;
}

/** For a header that cannot be read. */
export function invalidHeader(name: string): ConnectError {
  return withReason(`Invalid ${name}`, Code.InvalidArgument, "INVALID_FIELD");
}

/** One value of a header that is not a list. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The headers of an answer, as `writeHead` takes them. */
export function flatHeaders(headers: Headers | undefined): string[] {
  return headers === undefined ? [] : [...headers].flat();
}
