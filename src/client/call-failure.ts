import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";

/** Why a call failed, read from the details that the service sends with its errors. */
export interface CallFailure {
  /** gRPC's code, such as `NOT_FOUND`. */
  readonly code: string;
  /** The service's stable reason, such as `JOB_NOT_FOUND`; empty where the error is not the service's own. */
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** After so many milliseconds a retry has a chance. */
  readonly retryAfterMs?: number | undefined;
  /** The fields that are wrong, named as in the proto. */
  readonly violations: readonly { readonly field: string; readonly description: string }[];
}

/** Takes what a call threw apart, also where the client has made a `CallError` of it. */
export function describeFailure(thrown: unknown): CallFailure {
  const isTold = thrown instanceof Error && thrown.name === "CallError";
  const error = ConnectError.from(isTold ? thrown.cause : thrown);
  const [info] = error.findDetails(ErrorInfoSchema);
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return {
    code: codeName(error.code),
    reason: info?.reason ?? "",
    message: error.rawMessage,
    metadata: info?.metadata ?? {},
    retryAfterMs: delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    violations: error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations),
  };
}

/** `Code.NotFound` as gRPC spells it: `NOT_FOUND`. */
function codeName(code: Code): string {
  const name = Code[code] ?? "Unknown";
  return name
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_")
    .toUpperCase()
    .replace("CANCELED", "CANCELLED");
}
