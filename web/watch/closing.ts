import {
  WatchStatusResponse_CloseReason as CloseReason,
  WatchStatusResponse_Kind as Kind,
  type WatchStatusResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { lengthOf } from "../words/time.ts";
import type { Cause } from "./connection.ts";

/** Why the server is about to end the watch, where a message says so. */
export function closingOf({ kind, closeReason, reconnectAfter }: WatchStatusResponse): Cause | undefined {
  if (kind !== Kind.CLOSING) return undefined;
  return {
    kind: "closed",
    words: reasons[closeReason] ?? "The server ended the stream.",
    afterMs: lengthOf(reconnectAfter),
  };
}

const reasons: Partial<Record<CloseReason, string>> = {
  [CloseReason.DRAINING]: "The server is shutting down.",
  [CloseReason.MAX_AGE]: "The stream had become old.",
  [CloseReason.TOO_SLOW]: "This page could not keep up.",
  [CloseReason.PERMISSION_REVOKED]: "You may no longer watch.",
};
