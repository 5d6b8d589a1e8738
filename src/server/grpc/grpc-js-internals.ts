import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Server, ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";

/**
 * What grpc-js has no options for, set in the fields that it keeps to itself. Its version is pinned, and tests
 * on the wire fail as soon as one of these no longer counts.
 */

/** Without this a request may bring some 8 MiB of metadata. Call it before the server has connections. */
export function limitMetadata(server: Server, maxBytes: number): void {
  Reflect.get(server, "commonServerOptions").settings.maxHeaderListSize = maxBytes;
}

/**
 * How many calls one connection may take back: `burst` at once, and `perSecond` from then on; a client that does so more often has its
 * connection closed. Node's own limit is 1000 and 33, which a client meets that leaves its watches. Call it before the server
 * has connections.
 */
export function limitResets(server: Server, { burst, perSecond }: ResetLimit): void {
  const options = Reflect.get(server, "commonServerOptions");
  Object.assign(options, { streamResetBurst: burst, streamResetRate: perSecond });
}

export interface ResetLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * No more pings from here on. A ping on a connection that is closing counts as failed, and grpc-js then cuts the
 * connection off in the middle of its last answers.
 */
export function stopKeepalive(server: Server): void {
  Reflect.set(server, "keepaliveTimeMs", Number.POSITIVE_INFINITY);
}

/** A look at the headers of a call before grpc-js sees them. It may change them. */
export type HeadersLook = (headers: IncomingHttpHeaders, rawHeaders: readonly string[]) => void;

/**
 * Has all of these look at each call, in turn. A call that was reset before is none: to answer it grpc-js would throw where
 * nobody catches that, which ends a process, or costs it a page of its log. Call it before the server has connections.
 */
export function lookAtEachCall(server: Server, looks: readonly HeadersLook[]): void {
  for (const name of ["_streamHandler", "_channelzHandler"]) {
    const handle = Reflect.get(server, name).bind(server);
    const look = (...[interceptors, stream, headers, flags, rawHeaders]: Arrived) => {
      if (stream.closed || stream.destroyed) {
        stream.on("error", ignore);
        return;
      }
      for (const each of looks) each(headers, rawHeaders);
      stream.once("close", letGo);
      handle(interceptors, stream, headers, flags, rawHeaders);
    };
    Reflect.set(server, name, look);
  }
}

/**
 * Parts a stream that is over from its call. Node's own tables of streams lead to it until a full collection, by way of their
 * predecessors, and what a call needed would live on for as long.
 */
function letGo(this: ServerHttp2Stream): void {
  this.removeAllListeners();
  this.on("error", ignore);
}

/** A call as grpc-js hears of it: with interceptors, and as HTTP/2 has it. */
type Arrived = [
  interceptors: unknown,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: unknown,
  rawHeaders: string[],
];

/**
 * grpc-js counts a deadline in 32 bits of milliseconds: one further away than 24.8 days would be over at once. Here it is
 * as far away as can be counted.
 */
export const capDeadline: HeadersLook = (headers) => {
  const { "grpc-timeout": timeout } = headers;
  if (timeout !== undefined) headers["grpc-timeout"] = cappedTimeout(String(timeout));
};

/**
 * Of a header that comes twice Node takes the first, and somebody in front may have looked at the other. Here its values are
 * joined, as those of any other are, so that it is for its reader to refuse.
 */
export const joinRepeatedHeader =
  (name: string): HeadersLook =>
  (headers, rawHeaders) => {
    // As good as always there is one, and nothing to be made of it.
    if (rawHeaders.indexOf(name) === rawHeaders.lastIndexOf(name)) return;
    const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1] === name);
    if (values.length > 0) headers[name] = values.join(", ");
  };

/**
 * What metadata has no room for grpc-js leaves out, with a line on stderr that shows it: whoever can connect would write there what
 * he likes, as often as he likes, and a token with one wrong character would be in the log. Here such a value is empty before
 * it comes to that, as it was sent and is wrong, and a name that cannot be is gone.
 */
export const emptyIllegalHeaders: HeadersLook = (headers) => {
  for (const name of Object.keys(headers)) {
    if (name.startsWith(":")) continue;
    if (!legalName.test(name)) delete headers[name];
    else if (!name.endsWith("-bin") && !legalValue.test(String(headers[name]))) headers[name] = "";
  }
};

/** gRPC's own words for it are `Header-Name` and `ASCII-Value`. */
const legalName = /^[0-9a-z_.-]+$/;
const legalValue = /^[ -~]*$/;

/** It is gone: that is all there is to know of it. */
function ignore(): void {}

/** What is no timeout is left as it is, for grpc-js to refuse. */
function cappedTimeout(timeout: string): string {
  const [, count = "", unit = ""] = /^(\d{1,8})([SMH])$/.exec(timeout) ?? [];
  const seconds = Number(count) * (secondsOf[unit] ?? 0);
  return seconds > longestTimeoutSeconds ? `${longestTimeoutSeconds}S` : timeout;
}

const secondsOf: Readonly<Record<string, number>> = { S: 1, M: 60, H: 3600 };
const longestTimeoutSeconds = Math.floor((2 ** 31 - 1) / 1000);

/**
 * A call of a method that nobody registered is refused past every interceptor: this has such a refusal completed. What it
 * says goes into a header as it stands, so it is encoded here.
 */
export function completeRefusals(server: Server, complete: (refusal: SentStatus) => SentStatus): void {
  const respond = Reflect.get(server, "_respondWithError").bind(server);
  Reflect.set(server, "_respondWithError", (refusal: SentStatus, ...rest: readonly unknown[]) => {
    const { details, ...completed } = complete(refusal);
    respond({ ...completed, details: encodeURI(details ?? "") }, ...rest);
  });
}

/**
 * Of a call that has its status no message is read any more. By itself grpc-js leaves its stream open until the client ends
 * it, which one who means ill does not.
 */
export function closeStream(call: InterceptedCall): void {
  streamOf(call).close(constants.NGHTTP2_NO_ERROR);
}

/** Ends a call at once, whatever of it waits for a client that does not read. Its client hears RESOURCE_EXHAUSTED. */
export function cutOff(call: InterceptedCall): void {
  streamOf(call).close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

/** Calls `listener` when there is nothing more of a call on the wire. */
export function onceClosed(call: InterceptedCall, listener: () => void): void {
  streamOf(call).once("close", listener);
}

/** What stands for the connection that a call came by; undefined when that is gone. */
export function sessionOf(call: InterceptedCall): object | undefined {
  return streamOf(call).session;
}

function streamOf(call: InterceptedCall): ServerHttp2Stream {
  return Reflect.get(call, "stream");
}

/** What an interceptor is given of a call. */
export type InterceptedCall = Parameters<ServerInterceptor>[1];

export type SentStatus = Parameters<ServerInterceptingCall["sendStatus"]>[0];
