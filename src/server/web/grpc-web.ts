import { parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { createEnveloped } from "./enveloped.ts";
import { headerOf, invalidHeader, type StreamingProtocol } from "./web-protocol.ts";

const timeoutHeader = "grpc-timeout";

/** gRPC-Web, for calls of every kind: envelopes, the last of which has gRPC's trailers. */
export function createGrpcWeb(isJson: boolean): StreamingProtocol {
  return createEnveloped({
    name: "grpc-web",
    isJson,
    contentType: `application/grpc-web+${isJson ? "json" : "proto"}`,
    encoding: { header: "grpc-encoding", accept: "grpc-accept-encoding" },
    timeoutMs: (headers) => {
      const value = headerOf(headers, timeoutHeader);
      if (value === undefined) return undefined;
      const { timeoutMs } = parseTimeout(value, Number.POSITIVE_INFINITY);
      if (timeoutMs === undefined) throw invalidHeader(timeoutHeader);
      return timeoutMs;
    },
    endFlag: trailerFlag,
    end: (error, trailer) => trailerSerialize(setTrailerStatus(new Headers(trailer), error)),
  });
}
