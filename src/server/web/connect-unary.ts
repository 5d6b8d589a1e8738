import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson, parseTimeout } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { challenge, notStored } from "./answer.ts";
import { unpack } from "./compression.ts";
import { flatHeaders, headerOf, invalidHeader, type WebProtocol } from "./web-protocol.ts";

const timeoutHeader = "connect-timeout-ms";

/** `connect-timeout-ms`, also where there are more messages than one. Throws INVALID_FIELD. */
export const connectTimeoutMs: WebProtocol["timeoutMs"] = (headers) => {
  const value = headerOf(headers, timeoutHeader);
  if (value === undefined) return undefined;
  const { timeoutMs } = parseTimeout(value, Number.POSITIVE_INFINITY);
  if (timeoutMs === undefined) throw invalidHeader(timeoutHeader);
  return timeoutMs;
};

/** Connect's unary calls, which are plain HTTP: a message each way, and errors as JSON with a status of their own. */
export function createConnectUnary(isJson: boolean): WebProtocol {
  const contentType = ["Content-Type", isJson ? "application/json" : "application/proto", ...notStored];
  const packed = { header: "content-encoding", accept: "accept-encoding" };
  return {
    name: "connect",
    isJson,
    overheadBytes: 0,
    timeoutMs: connectTimeoutMs,
    open: (body, options) => unpack(body, { ...options, ...packed }),
    answer: (message, trailer) => ({
      status: 200,
      headers: trailer === undefined ? contentType : [...contentType, ...prefixed(trailer)],
      body: message,
    }),
    refusal(error) {
      const status = statusOf(error);
      const headers = ["Content-Type", "application/json", ...notStored, ...flatHeaders(error.metadata)];
      return {
        status,
        headers: status === 401 ? [...headers, ...challenge] : headers,
        body: JSON.stringify(errorToJson(error, undefined)),
      };
    },
  };
}

/** As connect has it, but for what HTTP itself has a status for. */
function statusOf(error: ConnectError): number {
  const isTooLarge = error.findDetails(ErrorInfoSchema)[0]?.reason === "MESSAGE_TOO_LARGE";
  return isTooLarge ? 413 : codeToHttpStatus(error.code);
}

function prefixed(trailer: Headers): string[] {
  return [...trailer].flatMap(([name, value]) => [`Trailer-${name}`, value]);
}
