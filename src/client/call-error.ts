import { type CallFailure, describeFailure } from "./call-failure.ts";

/** A call that failed, with what the service says of it as data. Its `cause` is what the transport threw. */
export class CallError extends Error implements CallFailure {
  override readonly name = "CallError";
  readonly code: string;
  readonly reason: string;
  readonly metadata: CallFailure["metadata"];
  readonly retryAfterMs?: number | undefined;
  readonly violations: CallFailure["violations"];

  constructor(thrown: unknown) {
    const { code, reason, message, metadata, retryAfterMs, violations } = describeFailure(thrown);
    super(message, { cause: thrown });
    this.code = code;
    this.reason = reason;
    this.metadata = metadata;
    this.retryAfterMs = retryAfterMs;
    this.violations = violations;
  }
}
