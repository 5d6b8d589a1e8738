import type { MethodImplSpec } from "@connectrpc/connect";
import { parseContentType as parseConnect } from "@connectrpc/connect/protocol-connect";
import { parseContentType as parseGrpcWeb } from "@connectrpc/connect/protocol-grpc-web";
import { createConnectStream } from "./connect-stream.ts";
import { createConnectUnary } from "./connect-unary.ts";
import { createGrpcWeb } from "./grpc-web.ts";
import type { StreamingProtocol, WebProtocol } from "./web-protocol.ts";

const binary = forms(false);
const json = forms(true);

function forms(isJson: boolean) {
  return {
    unary: createConnectUnary(isJson),
    stream: createConnectStream(isJson),
    web: createGrpcWeb(isJson),
  };
}

/** The protocol of a unary call with this content type; undefined where it is that of none. */
export function unaryProtocol(contentType: string | undefined): WebProtocol | undefined {
  const connect = parseConnect(contentType ?? null);
  if (connect !== undefined) return connect.stream ? undefined : (connect.binary ? binary : json).unary;
  return grpcWeb(contentType);
}

/** The protocol of a call with many answers and this content type; undefined where it is that of none. */
export function streamingProtocol(contentType: string | undefined): StreamingProtocol | undefined {
  const connect = parseConnect(contentType ?? null);
  if (connect !== undefined) return connect.stream ? (connect.binary ? binary : json).stream : undefined;
  return grpcWeb(contentType);
}

/** The form in base64, `grpc-web-text`, is not served: only browsers without streams needed it. */
function grpcWeb(contentType: string | undefined): StreamingProtocol | undefined {
  const web = parseGrpcWeb(contentType ?? null);
  return web === undefined || web.text ? undefined : (web.binary ? binary : json).web;
}

/** The content types of the kinds of calls, as `Accept-Post` lists them. */
export const acceptedTypes: Readonly<Record<MethodImplSpec["kind"], string>> = {
  unary: "application/json, application/proto, application/grpc-web+proto, application/grpc-web+json",
  server_streaming:
    "application/connect+json, application/connect+proto, application/grpc-web+proto, application/grpc-web+json",
  client_streaming: "",
  bidi_streaming: "",
};
