import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  WatchStatusResponse_Kind as Kind,
  type WatchStatusResponse,
  WatchStatusResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import {
  JobState,
  type JobStatus,
  JobStatusSchema,
  type RunStatus,
  RunStatusSchema,
} from "../../gen/jobcontrol/v1/job_pb.ts";

/** Messages as the server sends them, with no more in them than a test needs. */

type StatusInit = MessageInitShape<typeof JobStatusSchema>;

export function status(jobId: string, init: StatusInit = {}): JobStatus {
  return create(JobStatusSchema, {
    jobId,
    jobType: "report",
    uid: `uid-of-${jobId}`,
    state: JobState.STOPPED,
    ...init,
  });
}

/** A run that took `ms`. */
export function run(
  runId: string,
  ms: number,
  init: MessageInitShape<typeof RunStatusSchema> = {},
): RunStatus {
  return create(RunStatusSchema, {
    runId,
    state: JobState.SUCCEEDED,
    startTime: timestampFromMs(1000),
    endTime: timestampFromMs(1000 + ms),
    ...init,
  });
}

export function snapshot(jobId: string, init: StatusInit = {}): WatchStatusResponse {
  return create(WatchStatusResponseSchema, { kind: Kind.SNAPSHOT, status: status(jobId, init) });
}

export function changed(jobId: string, init: StatusInit, resumeToken = "e:2"): WatchStatusResponse {
  return create(WatchStatusResponseSchema, { kind: Kind.CHANGED, status: status(jobId, init), resumeToken });
}

export function removed(jobId: string): WatchStatusResponse {
  return create(WatchStatusResponseSchema, { kind: Kind.REMOVED, status: status(jobId), resumeToken: "e:3" });
}

export function told(kind: Kind, resumeToken = ""): WatchStatusResponse {
  return create(WatchStatusResponseSchema, { kind, resumeToken });
}
