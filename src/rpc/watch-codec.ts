import {
  type WatchStatusResponse,
  WatchStatusResponse_CloseReason,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { ChangeMessage, ClosingMessage, SnapshotMessage, WatchMessage } from "../control/watch/watch.ts";
import { assertNever } from "../job/assert-never.ts";
import { closeReasonNumbers, jobStateNumbers, watchKindNumbers } from "./enum-codec.ts";
import { share } from "./shared-messages.ts";
import { absentJob, toJobStatus } from "./status-codec.ts";
import { toDuration, toTimestamp } from "./time-codec.ts";

/** A message of a watch. A change that many watchers get is one message, and one run of bytes, for them all. */
export function toWatchStatusResponse(message: WatchMessage): WatchStatusResponse {
  switch (message.kind) {
    case "snapshot":
      return snapshotResponse(message);
    case "changed":
    case "removed":
      return changeResponse(message);
    case "snapshot-end":
    case "bookmark":
      return { ...response(message), resumeToken: message.resumeToken };
    case "reset":
      return response(message);
    case "closing":
      return closingResponse(message);
    default:
      return assertNever(message);
  }
}

function snapshotResponse(message: SnapshotMessage): WatchStatusResponse {
  const status = message.status === undefined ? absentJob(message.jobId) : toJobStatus(message.status);
  return { ...response(message), status };
}

const changeResponses = new WeakMap<ChangeMessage, WatchStatusResponse>();

function changeResponse(message: ChangeMessage): WatchStatusResponse {
  const known = changeResponses.get(message);
  if (known !== undefined) return known;
  const { status, previousState, resumeToken, coalesced } = message;
  const made = share({
    ...response(message),
    status: toJobStatus(status),
    previousState: previousState === undefined ? JobState.UNSPECIFIED : jobStateNumbers[previousState],
    resumeToken,
    coalesced: BigInt(coalesced),
  });
  changeResponses.set(message, made);
  return made;
}

function closingResponse(message: ClosingMessage): WatchStatusResponse {
  const { reason, resumeToken, reconnectAfterMs } = message;
  return {
    ...response(message),
    resumeToken,
    closeReason: closeReasonNumbers[reason],
    reconnectAfter: reconnectAfterMs === undefined ? undefined : toDuration(reconnectAfterMs),
  };
}

/** What every message has; the rest is empty. */
function response({ kind, serverTimeMs }: WatchMessage): WatchStatusResponse {
  return {
    $typeName: "jobcontrol.v1.WatchStatusResponse",
    kind: watchKindNumbers[kind],
    previousState: JobState.UNSPECIFIED,
    resumeToken: "",
    coalesced: 0n,
    serverTime: toTimestamp(serverTimeMs),
    closeReason: WatchStatusResponse_CloseReason.UNSPECIFIED,
  };
}
