import { Code } from "@connectrpc/connect";
import { type ServerInterceptingCall, type ServerInterceptor, status as Status } from "@grpc/grpc-js";
import { withReason } from "../../rpc/errors.ts";
import type { SentStatus } from "./grpc-js-internals.ts";
import { encodeStatus } from "./grpc-status.ts";

/**
 * Some of what a caller can do wrong is found by grpc-js before a service hears of the call. It has no reasons for
 * that, and calls some of it INTERNAL, which is for faults of ours alone. Here it gets both: the reason, and
 * the code that blames the caller.
 */
export const blameTheCaller: ServerInterceptor = (_method, call) => {
  const send = call.sendStatus.bind(call);
  const sendStatus: typeof send = (status) => send(explained(status));
  call.sendStatus = sendStatus;
  // An interceptor may return what it was given; only its declared type is narrower.
  return call as ServerInterceptingCall;
};

/** The status, with a reason where it is grpc-js' own. */
export function explained(status: SentStatus): SentStatus {
  const { code, details, metadata } = status;
  if (code === Status.OK || metadata?.get("grpc-status-details-bin").length) return status;
  const fault = faults.find(({ pattern }) => pattern.test(details ?? ""));
  return fault === undefined ? status : encodeStatus(withReason(details ?? "", fault.code, fault.reason));
}

/** By what grpc-js says of them. */
const faults = [
  {
    pattern: /^(Invalid grpc-timeout|Failed to decompress message)/,
    code: Code.InvalidArgument,
    reason: "INVALID_FIELD",
  },
  { pattern: /^Received message .*larger than/, code: Code.ResourceExhausted, reason: "MESSAGE_TOO_LARGE" },
  {
    // For a wrong number of messages it is what gRPC's own list of codes says.
    pattern: /^The server does not implement|unsupported encoding|^Received (a second|no) request message/,
    code: Code.Unimplemented,
    reason: "UNIMPLEMENTED",
  },
];
