import { endStreamFlag, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { connectTimeoutMs } from "./connect-unary.ts";
import { createEnveloped } from "./enveloped.ts";
import type { StreamingProtocol } from "./web-protocol.ts";

/** Connect's streams: envelopes, the last of which says in JSON how it ended. */
export function createConnectStream(isJson: boolean): StreamingProtocol {
  return createEnveloped({
    name: "connect",
    isJson,
    contentType: `application/connect+${isJson ? "json" : "proto"}`,
    encoding: { header: "connect-content-encoding", accept: "connect-accept-encoding" },
    timeoutMs: connectTimeoutMs,
    endFlag: endStreamFlag,
    end: (error, trailer) => JSON.stringify(endStreamToJson(new Headers(trailer), error, undefined)),
  });
}
