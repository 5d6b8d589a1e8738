import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { inWords, lengthOf } from "./time.ts";

/** Why a call failed, taken from the details that the service sends. */
export interface Failure {
  readonly code: Code;
  /** The service's stable reason, such as `CHANNEL_FULL`; empty where it was not the service that spoke. */
  readonly reason: string;
  readonly message: string;
  /** After so long another try has a chance. */
  readonly retryAfterMs: number | undefined;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
}

export function failureOf(thrown: unknown): Failure {
  const error = ConnectError.from(thrown);
  const [info] = error.findDetails(ErrorInfoSchema);
  const [retry] = error.findDetails(RetryInfoSchema);
  return {
    code: error.code,
    reason: info?.reason ?? "",
    message: error.rawMessage,
    retryAfterMs: retry?.retryDelay && lengthOf(retry.retryDelay),
    violations: error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations),
  };
}

/** One sentence for a person, without the reason and without what may follow. */
export function failureInWords({ code, reason, message }: Failure): string {
  if (reason !== "") return sentences[reason] ?? message;
  if (code === Code.DeadlineExceeded)
    return "No answer came in time. It is not known whether it was applied.";
  if (code === Code.Canceled) return "Given up. It is not known whether it was applied.";
  if (code === Code.Unavailable || code === Code.Unknown) return "The server cannot be reached.";
  return message;
}

/** What helps: `Try again in 1.2 s.`; undefined where nothing is known of it. */
export function adviceOf({ reason, retryAfterMs }: Failure): string | undefined {
  if (retryAfterMs !== undefined) return `Another try has a chance in ${inWords(Math.max(1, retryAfterMs))}.`;
  return advice[reason];
}

/** For those whose own message says less; what is not here speaks for itself, as it names the job or the type. */
const sentences: Readonly<Record<string, string>> = {
  CHANNEL_FULL: "The command queue is full. Nothing was applied.",
  QUEUE_FULL: "All slots of this type are taken, and so is the queue for them. Nothing was applied.",
  DEADLINE_UNREACHABLE: "The queue is too long for the time that the command was given. Nothing was applied.",
  COMMAND_EVICTED: "The full queue threw the command out. It was not applied.",
  COMMAND_SUPERSEDED: "A Stop of the same job overtook this Start. It was not applied.",
  NOT_APPLIED: "It left the queue before its turn. It was not applied, and will not be.",
  ETAG_MISMATCH: "The job has changed meanwhile. Nothing was applied.",
  TOO_MANY_JOBS: "The server holds as many jobs as it may. Nothing was applied.",
  TOO_MANY_WATCHERS: "The server has as many watches as it may.",
  DRAINING: "The server is shutting down. Nothing was applied.",
  STORE_UNAVAILABLE: "The server cannot write its store. Nothing was applied.",
  STORE_FULL: "The disk of the server is full. Nothing was applied; Stop still works.",
  MESSAGE_TOO_LARGE: "The request is larger than the 64 KiB that the server takes.",
};

const advice: Readonly<Record<string, string>> = {
  CHANNEL_FULL: "Wait a moment, then send it again.",
  COMMAND_EVICTED: "Send it again.",
  DRAINING: "Send it again when the server is back.",
  JOB_RUNNING: "Stop it first, or have it replaced.",
  QUEUE_FULL: "Send it again when runs have ended.",
  STORE_FULL: "Tell the operator of the server.",
  STORE_UNAVAILABLE: "Send it again in a while.",
  WRONG_TYPE: "Leave the type empty, or take another id.",
};
