import type { JsonObject as Struct } from "@bufbuild/protobuf";
import type { CommandReceipt } from "../../gen/jobcontrol/v1/command_pb.ts";
import type {
  GetCommandResponse,
  GetStatusResponse,
  ListJobsResponse,
  ListRunsResponse,
  PauseResponse,
  ResumeResponse,
  StartResponse,
  StopResponse,
  TriggerResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type {
  JobPage,
  Reply,
  RunsPage,
  StartReply,
  StatusReply,
  TriggerReply,
} from "../control/job-control.ts";
import type { JobStatus } from "../job/job-status.ts";
import type { JsonObject } from "../job/json.ts";
import type { Receipt } from "../job/settlement.ts";
import { outcomeNumbers } from "./enum-codec.ts";
import { share } from "./shared-messages.ts";
import { toJobStatus, toRunStatus } from "./status-codec.ts";
import { toDuration, toOptionalTimestamp, toTimestamp } from "./time-codec.ts";

/** The replies of the core as responses. */

export function toStartResponse(reply: StartReply): StartResponse {
  return { $typeName: "jobcontrol.v1.StartResponse", started: reply.started, ...changeFields(reply) };
}

export function toStopResponse(reply: Reply): StopResponse {
  return { $typeName: "jobcontrol.v1.StopResponse", ...changeFields(reply) };
}

export function toPauseResponse(reply: Reply): PauseResponse {
  return { $typeName: "jobcontrol.v1.PauseResponse", ...changeFields(reply) };
}

export function toResumeResponse(reply: Reply): ResumeResponse {
  return { $typeName: "jobcontrol.v1.ResumeResponse", ...changeFields(reply) };
}

export function toTriggerResponse(reply: TriggerReply): TriggerResponse {
  return { $typeName: "jobcontrol.v1.TriggerResponse", ...changeFields(reply), runId: reply.runId };
}

function changeFields(reply: Reply) {
  return { status: reply.status && toJobStatus(reply.status), receipt: toCommandReceipt(reply) };
}

/** Asking what became of a command is no replay of it. */
export function toGetCommandResponse(receipt: Receipt): GetCommandResponse {
  return {
    $typeName: "jobcontrol.v1.GetCommandResponse",
    receipt: toCommandReceipt({ receipt, replayed: false }),
  };
}

function toCommandReceipt({ receipt, replayed }: Pick<Reply, "receipt" | "replayed">): CommandReceipt {
  return {
    $typeName: "jobcontrol.v1.CommandReceipt",
    commandId: receipt.commandId,
    requestId: receipt.requestId,
    outcome: outcomeNumbers[receipt.outcome],
    replayed,
    acceptTime: toTimestamp(receipt.acceptTimeMs),
    applyTime: toOptionalTimestamp(receipt.applyTimeMs),
    spaceWait: toDuration(receipt.spaceWaitMs),
    queueWait: toDuration(receipt.queueWaitMs),
    tokenWait: toDuration(receipt.tokenWaitMs),
  };
}

/** The same response, and so the same bytes, for as long as the job's status and the token stay the same. */
export function toGetStatusResponse({ status, resumeToken, input, result }: StatusReply): GetStatusResponse {
  if (input !== undefined || result !== undefined) {
    const withData = { ...toJobStatus(status), input: toStruct(input), result: toStruct(result) };
    return statusResponse(resumeToken, withData);
  }
  const last = lastResponses.get(status);
  if (last?.resumeToken === resumeToken) return last;
  const response = share(statusResponse(resumeToken, toJobStatus(status)));
  lastResponses.set(status, response);
  return response;
}

const lastResponses = new WeakMap<JobStatus, GetStatusResponse>();

function statusResponse(resumeToken: string, status: GetStatusResponse["status"]): GetStatusResponse {
  return { $typeName: "jobcontrol.v1.GetStatusResponse", status, resumeToken };
}

/** The core's JSON is the same object, only that nobody may change it; protobuf-es does not. */
function toStruct(value: JsonObject | undefined): Struct | undefined {
  return value as Struct | undefined;
}

export function toListJobsResponse(page: JobPage): ListJobsResponse {
  return {
    $typeName: "jobcontrol.v1.ListJobsResponse",
    jobs: page.jobs.map(toJobStatus),
    nextPageToken: page.nextPageToken,
    resumeToken: page.resumeToken,
  };
}

export function toListRunsResponse({ runs, nextPageToken }: RunsPage): ListRunsResponse {
  return { $typeName: "jobcontrol.v1.ListRunsResponse", runs: runs.map(toRunStatus), nextPageToken };
}
