import {
  WatchStatusResponse_CloseReason as CloseReason,
  WatchStatusResponse_Kind as Kind,
  type WatchStatusResponse,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { progressText, stateText } from "./describe-job.ts";
import { dim, plain } from "./style.ts";
import { clockTime, relative } from "./times.ts";
import { cut } from "./width.ts";

/** One message of a watch as one line; empty for what a person need not see. */
export function changeLine({
  kind,
  status,
  serverTime,
  coalesced,
  closeReason,
}: WatchStatusResponse): string {
  const time = dim(clockTime(serverTime));
  switch (kind) {
    case Kind.SNAPSHOT:
    case Kind.CHANGED:
      return status === undefined ? "" : `${time}  ${jobText(status)}${mergedText(status, coalesced)}`;
    case Kind.REMOVED:
      return `${time}  ${status?.jobId ?? ""} ${dim("removed")}`;
    case Kind.RESET:
      return `${time}  ${dim("the server could not go on where we were: everything anew")}`;
    case Kind.CLOSING:
      return dim(`${clockTime(serverTime)}  end: ${closeReasonName(closeReason)}`);
    default:
      return "";
  }
}

export function closeReasonName(reason: CloseReason): string {
  const name = Object.entries(CloseReason).find(([, number]) => number === reason)?.[0] ?? "";
  return name.toLowerCase().replaceAll("_", " ");
}

function jobText(status: JobStatus): string {
  return [cut(status.jobId, 24).padEnd(16), stateText(status.state, 9), detail(status)].join("  ").trimEnd();
}

/** Mere progress is merged at the watch's own wish, so of a run that tells some it is nothing to tell. */
function mergedText({ currentRun }: JobStatus, coalesced: bigint): string {
  return coalesced > 0n && currentRun?.progress === undefined ? dim(` (+${coalesced} merged)`) : "";
}

/** What is worth telling of a job in this state. */
function detail({ state, message, currentRun, nextRunTime }: JobStatus): string {
  if (state === JobState.RUNNING && currentRun?.progress) return progressText(currentRun.progress);
  if (state === JobState.RUNNING && currentRun?.fallback) return plain(message);
  if (state === JobState.RUNNING || state === JobState.UNSPECIFIED) return "";
  const next = state === JobState.SCHEDULED ? dim(` next ${relative(nextRunTime)}`) : "";
  return plain(message) + next;
}
