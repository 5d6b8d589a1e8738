/**
 * What a caller can be told, in the core's own words: a stable code, a sentence, and data. The core knows
 * nothing of gRPC; `rpc/errors.ts` has the one table from these codes to statuses.
 */
export type ErrorCode =
  | "INVALID_FIELD"
  | "REQUEST_ID_REUSED"
  | "JOB_NOT_FOUND"
  | "RUN_NOT_FOUND"
  | "JOB_TYPE_NOT_FOUND"
  | "COMMAND_NOT_FOUND"
  | "WRONG_TYPE"
  | "WRONG_STATE"
  | "JOB_RUNNING"
  | "ETAG_MISMATCH"
  | "QUEUE_FULL"
  | "CHANNEL_FULL"
  | "DEADLINE_UNREACHABLE"
  | "COMMAND_EVICTED"
  | "COMMAND_SUPERSEDED"
  | "COMMAND_EXPIRED"
  | "COMMAND_CANCELLED"
  | "TOO_MANY_JOBS"
  | "TOO_MANY_WATCHERS"
  | "RECOVERING"
  | "DRAINING"
  | "STORE_UNAVAILABLE"
  | "STORE_FULL";

/** A refusal as plain data, so that it can be stored with a receipt and given again. */
export interface Refusal {
  readonly code: ErrorCode;
  /** One sentence; it may name what the caller sent, never an exception of ours. */
  readonly message: string;
  /** For programs: `jobId`, `state`, `etag` and the like. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** After so many milliseconds a retry has a chance. Unset where waiting does not help. */
  readonly retryAfterMs?: number | undefined;
  /** Which fields are wrong, named as in the proto, with dots. For `INVALID_FIELD`. */
  readonly violations?: readonly FieldViolation[] | undefined;
}

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** Everything that jobcontrol refuses is one of these. `refusal` holds the data. */
export class JobControlError extends Error {
  override readonly name = "JobControlError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.refusal = refusal;
  }

  get code(): ErrorCode {
    return this.refusal.code;
  }
}

/** The error for wrong fields; the message names the first of them. */
export function invalidFields(violations: readonly [FieldViolation, ...FieldViolation[]]): JobControlError {
  const [first] = violations;
  const message = `Invalid field ${first.field}: ${first.description}`;
  return new JobControlError({ code: "INVALID_FIELD", message, violations });
}
