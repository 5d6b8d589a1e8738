import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type ErrorCode, type FieldViolation, JobControlError, type Refusal } from "../job/errors.ts";
import type { TraceContext } from "../job/trace.ts";
import { withoutStack } from "../job/without-stack.ts";
import { toDuration } from "./time-codec.ts";

/**
 * What a caller is told when something is refused: the one table from the core's codes to gRPC's statuses, and
 * the details that go with them. `docs/errors.md` is the same table for users.
 */
export const statusOf: Readonly<Record<ErrorCode, Code>> = {
  INVALID_FIELD: Code.InvalidArgument,
  REQUEST_ID_REUSED: Code.InvalidArgument,
  JOB_NOT_FOUND: Code.NotFound,
  RUN_NOT_FOUND: Code.NotFound,
  JOB_TYPE_NOT_FOUND: Code.NotFound,
  COMMAND_NOT_FOUND: Code.NotFound,
  WRONG_TYPE: Code.FailedPrecondition,
  WRONG_STATE: Code.FailedPrecondition,
  JOB_RUNNING: Code.AlreadyExists,
  ETAG_MISMATCH: Code.Aborted,
  QUEUE_FULL: Code.ResourceExhausted,
  CHANNEL_FULL: Code.ResourceExhausted,
  DEADLINE_UNREACHABLE: Code.ResourceExhausted,
  COMMAND_EVICTED: Code.Aborted,
  COMMAND_SUPERSEDED: Code.Aborted,
  COMMAND_EXPIRED: Code.DeadlineExceeded,
  COMMAND_CANCELLED: Code.Canceled,
  TOO_MANY_JOBS: Code.ResourceExhausted,
  TOO_MANY_WATCHERS: Code.ResourceExhausted,
  RECOVERING: Code.Unavailable,
  DRAINING: Code.Unavailable,
  STORE_UNAVAILABLE: Code.Unavailable,
  STORE_FULL: Code.ResourceExhausted,
};

/** The same for what is refused for who asks, before the core hears of it; these are the reasons too. */
export const accessStatusOf = {
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
  TOO_MANY_REQUESTS: Code.ResourceExhausted,
} as const satisfies Readonly<Record<string, Code>>;

export type AccessReason = keyof typeof accessStatusOf;

/** The `ErrorInfo.reason` of a code. */
export function reasonOf(code: ErrorCode): string {
  return code === "COMMAND_EXPIRED" || code === "COMMAND_CANCELLED" ? "NOT_APPLIED" : code;
}

const errorDomain = "jobcontrol";

/** Hears of errors that are ours; their callers are told INTERNAL and nothing else. `call`: where it is known. */
export type OnBug = (error: unknown, call?: FaultyCall) => void;

export interface FaultyCall {
  /** With the name of its service. */
  readonly method: string;
  /** Unset where nobody traces. */
  readonly trace?: TraceContext | undefined;
}

/**
 * Whatever was thrown, as what the caller is told. A `JobControlError` brings its data; the end of the call
 * itself (an aborted signal's reason) is CANCELLED or DEADLINE_EXCEEDED; all else is a bug of ours.
 */
export function toConnectError(error: unknown, onBug: OnBug): ConnectError {
  if (error instanceof JobControlError) return refused(error.refusal);
  if (error instanceof ConnectError) return error;
  if (error instanceof Error && error.name === "AbortError")
    return new ConnectError("Cancelled", Code.Canceled);
  if (error instanceof Error && error.name === "TimeoutError") {
    return new ConnectError("Deadline exceeded", Code.DeadlineExceeded);
  }
  onBug(error);
  return withReason("Internal error", Code.Internal, "INTERNAL");
}

/** For a method that this version does not have. */
export function notImplemented(method: string): ConnectError {
  return withReason(`Not implemented by this version: ${method}`, Code.Unimplemented, "UNIMPLEMENTED");
}

/** For a call that comes when the server is about to go. */
export function draining(): ConnectError {
  return refused({ code: "DRAINING", message: "The server is shutting down" });
}

/** For a call that comes before the server has taken over what its store holds. */
export function recovering(): ConnectError {
  return refused({
    code: "RECOVERING",
    message: "Server is starting, and still takes over what its store holds; nothing was applied",
    retryAfterMs: 1000,
  });
}

/** For bytes that are no message of the method's type; `field` is the one that is wrong, where that is known. */
export function malformed(type: string, field?: string): ConnectError {
  const violations = field === undefined ? undefined : [{ field, description: "has no value of its type" }];
  return refused({ code: "INVALID_FIELD", message: `Malformed message: ${type}`, violations });
}

/** For a request that is larger than the server takes. */
export function tooLarge(maxBytes: number): ConnectError {
  const message = `Received message larger than max: ${maxBytes} bytes`;
  return withReason(message, Code.ResourceExhausted, "MESSAGE_TOO_LARGE");
}

/** For a caller that has not said who it is, or whose word for it does not count. Which of the two, and why, it is not told. */
export function unauthenticated(): ConnectError {
  const message = "Authentication is needed: no valid token or client certificate";
  return accessRefused(message, { reason: "UNAUTHENTICATED" });
}

/** For a caller that is known, and may not do this. `needs`: the least role that may. */
export function permissionDenied({ role, needs }: Record<"role" | "needs", string>): ConnectError {
  const message = `This needs the role ${needs}, and the caller has ${role}`;
  return accessRefused(message, { reason: "PERMISSION_DENIED", metadata: { role, needs } });
}

/** For a client that asks more often than one client may. */
export function tooManyRequests(retryAfterMs: number): ConnectError {
  const error = accessRefused("This client asks too often", { reason: "TOO_MANY_REQUESTS" });
  error.details.push(retryInfo(retryAfterMs));
  for (const [name, value] of Object.entries(pushback(retryAfterMs))) error.metadata.set(name, value);
  return error;
}

function accessRefused(message: string, info: Info & { readonly reason: AccessReason }): ConnectError {
  return new ConnectError(message, accessStatusOf[info.reason], undefined, [errorInfo(info)]);
}

/** For what no `ErrorCode` stands for, because the core never hears of it. */
export function withReason(message: string, code: Code, reason: string): ConnectError {
  return new ConnectError(clip(message, maxMessageLength), code, undefined, [errorInfo({ reason })]);
}

function refused({ code, message, metadata, violations, retryAfterMs }: Refusal): ConnectError {
  const details = [errorInfo({ reason: reasonOf(code), metadata })];
  if (violations !== undefined) details.push(badRequest(violations));
  if (retryAfterMs !== undefined) details.push(retryInfo(retryAfterMs));
  const text = clip(message, maxMessageLength);
  return withoutStack(() => new ConnectError(text, statusOf[code], pushback(retryAfterMs), details));
}

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

interface Info {
  readonly reason: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

function errorInfo({ reason, metadata = {} }: Info): Detail {
  return { desc: ErrorInfoSchema, value: { reason, domain: errorDomain, metadata } };
}

/** As many violations as fit: a client throws away an answer whose trailers are too long. */
function badRequest(violations: readonly FieldViolation[]): Detail {
  const fieldViolations: FieldViolation[] = [];
  let roomLeft = maxViolationsLength;
  for (const violation of violations) {
    const field = clip(violation.field, maxMessageLength);
    roomLeft -= field.length + violation.description.length;
    if (roomLeft < 0) break;
    fieldViolations.push({ field, description: violation.description });
  }
  return { desc: BadRequestSchema, value: { fieldViolations } };
}

function retryInfo(retryAfterMs: number): Detail {
  return { desc: RetryInfoSchema, value: { retryDelay: toDuration(retryAfterMs) } };
}

/** What gRPC's own retries go by. */
function pushback(retryAfterMs: number | undefined): Record<string, string> {
  return retryAfterMs === undefined ? {} : { "grpc-retry-pushback-ms": String(Math.ceil(retryAfterMs)) };
}

const maxMessageLength = 512;
const maxViolationsLength = 3000;

function clip(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).toWellFormed()}…`;
}
