import { ReplyMode } from "../../gen/jobcontrol/v1/command_pb.ts";
import type {
  GetCommandRequest as GetCommandMessage,
  GetStatusRequest as GetStatusMessage,
  ListJobsRequest as ListJobsMessage,
  ListRunsRequest as ListRunsMessage,
  PauseRequest as PauseMessage,
  ResumeRequest as ResumeMessage,
  StartRequest as StartMessage,
  StopRequest as StopMessage,
  TriggerRequest as TriggerMessage,
  WatchOutputRequest as WatchOutputMessage,
  WatchStatusRequest as WatchStatusMessage,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type {
  ChangeRequest,
  GetStatusRequest,
  ListRequest,
  ReceiptId,
  RunsRequest,
  StartRequest,
  StopRequest,
} from "../control/job-control.ts";
import type { OutputRequest } from "../control/output/output.ts";
import type { WatchRequest } from "../control/watch/watch.ts";
import {
  conflictPolicyWords,
  consistencyWords,
  deliveryWords,
  jobStateWords,
  priorityWords,
  replyModeWords,
  scopeWords,
  untilWords,
} from "./enum-codec.ts";
import { FieldChecks } from "./field-checks.ts";
import { fromSchedule } from "./schedule-codec.ts";

/**
 * Requests, from the wire into the core's words. Each function checks every field, and throws one
 * `INVALID_FIELD` that names all that are wrong. What depends on the jobs that exist is the controller's.
 */

export function fromStartRequest(message: StartMessage): StartRequest {
  const checks = new FieldChecks();
  if (message.jobId === "" && message.jobType === "") {
    checks.add("job_id", "must be set where job_type is not");
  }
  const request: StartRequest = {
    jobId: checks.optionalId("job_id", message.jobId),
    jobType: checks.optionalId("job_type", message.jobType),
    input: message.input && checks.json("input", message.input),
    schedule: message.schedule && fromSchedule(checks, message.schedule),
    conflictPolicy: checks.word("conflict_policy", message.conflictPolicy, conflictPolicyWords),
    labels: checks.labels("labels", message.labels),
    ...changeFields(checks, message),
  };
  checks.done();
  return request;
}

export function fromStopRequest(message: StopMessage): StopRequest {
  const checks = new FieldChecks();
  if (message.replyMode === ReplyMode.ACCEPTED && message.wait) {
    checks.add("reply_mode", "cannot be ACCEPTED with wait");
  }
  const request: StopRequest = {
    jobId: checks.id("job_id", message.jobId),
    scope: checks.word("scope", message.scope, scopeWords),
    graceMs: checks.optionalDurationMs("grace_period", message.gracePeriod, { maxMs: longestGraceMs }),
    force: message.force,
    wait: message.wait,
    ...changeFields(checks, message),
  };
  checks.done();
  return request;
}

/** A Pause, a Resume or a Trigger. */
export function fromChangeRequest(message: PauseMessage | ResumeMessage | TriggerMessage): ChangeRequest {
  const checks = new FieldChecks();
  const request = { jobId: checks.id("job_id", message.jobId), ...changeFields(checks, message) };
  checks.done();
  return request;
}

type ChangeMessage = StartMessage | StopMessage | PauseMessage | ResumeMessage | TriggerMessage;

/** What every command that changes a job carries, in fields 20 to 25. */
function changeFields(checks: FieldChecks, message: ChangeMessage) {
  if (message.replyMode === ReplyMode.ACCEPTED && message.validateOnly) {
    checks.add("reply_mode", "cannot be ACCEPTED with validate_only");
  }
  return {
    requestId: checks.text("request_id", message.requestId, maxIdLength),
    etag: checks.text("etag", message.etag, 128),
    reason: checks.reason("reason", message.reason),
    replyMode: checks.word("reply_mode", message.replyMode, replyModeWords),
    priority: checks.word("priority", message.priority, priorityWords),
    validateOnly: message.validateOnly,
  };
}

export function fromGetStatusRequest(message: GetStatusMessage): GetStatusRequest {
  const checks = new FieldChecks();
  const request: GetStatusRequest = {
    jobId: checks.id("job_id", message.jobId),
    consistency: checks.word("consistency", message.consistency, consistencyWords),
    includeInput: message.includeInput,
    includeResult: message.includeResult,
    priority: checks.word("priority", message.priority, priorityWords),
  };
  checks.done();
  return request;
}

export function fromListJobsRequest(message: ListJobsMessage): ListRequest {
  const checks = new FieldChecks();
  const request: ListRequest = {
    ...pageFields(checks, message),
    labels: checks.labels("label_selector", message.labelSelector),
    states: message.states.map((state, i) => checks.word(`states[${i}]`, state, jobStateWords)),
    jobType: checks.optionalId("job_type", message.jobType),
  };
  checks.done();
  return request;
}

export function fromListRunsRequest(message: ListRunsMessage): RunsRequest {
  const checks = new FieldChecks();
  const request: RunsRequest = {
    jobId: checks.id("job_id", message.jobId),
    ...pageFields(checks, message),
  };
  checks.done();
  return request;
}

function pageFields(checks: FieldChecks, message: ListJobsMessage | ListRunsMessage) {
  const pageSize = checks.notNegative("page_size", message.pageSize);
  return {
    pageSize: pageSize === 0 ? defaultPageSize : Math.min(pageSize, maxPageSize),
    pageToken: checks.text("page_token", message.pageToken, maxTokenLength),
  };
}

export function fromGetCommandRequest({ command }: GetCommandMessage): ReceiptId {
  const checks = new FieldChecks();
  if (!command.value) checks.add("command_id", "must be set where request_id is not");
  const request =
    command.case === "requestId"
      ? { requestId: checks.text("request_id", command.value, maxIdLength) }
      : { commandId: checks.text("command_id", command.value ?? "", maxIdLength) };
  checks.done();
  return request;
}

export function fromWatchStatusRequest(message: WatchStatusMessage): WatchRequest {
  const checks = new FieldChecks();
  const jobIds = [...new Set(message.jobIds)];
  if (message.jobIds.length > maxWatchedIds) checks.add("job_ids", `must have at most ${maxWatchedIds} ids`);
  else message.jobIds.forEach((id, i) => void checks.id(`job_ids[${i}]`, id));
  const request: WatchRequest = {
    jobIds,
    labels: checks.labels("label_selector", message.labelSelector),
    resumeToken: checks.text("resume_token", message.resumeToken, maxTokenLength),
    delivery: checks.word("delivery", message.delivery, deliveryWords),
    minIntervalMs:
      checks.optionalDurationMs("min_interval", message.minInterval, { maxMs: longestMinIntervalMs }) ?? 0,
    bookmarkMs: checks.optionalDurationMs("bookmark_interval", message.bookmarkInterval, bookmarkRange),
    until: checks.word("until", message.until, untilWords),
    maxChanges: checks.notNegative("max_changes", message.maxChanges),
    skipSnapshot: message.skipSnapshot,
  };
  if (request.until === "current-run-done" && jobIds.length !== 1) {
    checks.add("job_ids", "must have exactly one id for UNTIL_CURRENT_RUN_DONE");
  }
  checks.done();
  return request;
}

/** `skip_kept` is what `tail` cannot say: none of the lines that are there. Line 0 is where who names no line begins, too. */
export function fromWatchOutputRequest(message: WatchOutputMessage): OutputRequest {
  const checks = new FieldChecks();
  const tail = checks.notNegative("tail", message.tail);
  const fromLine = checks.notNegative("from_line", Number(message.fromLine));
  const request: OutputRequest = {
    jobId: checks.id("job_id", message.jobId),
    runId: checks.optionalId("run_id", message.runId),
    tail: message.skipKept ? 0 : tail === 0 ? undefined : tail,
    fromLine: fromLine === 0 ? undefined : fromLine,
    follow: message.follow,
  };
  checks.done();
  return request;
}

const maxIdLength = 128;
const longestGraceMs = 24 * 3_600_000;
const longestMinIntervalMs = 3_600_000;
const bookmarkRange = { minMs: 1000, maxMs: 60_000 };
const defaultPageSize = 100;
const maxPageSize = 1000;
const maxWatchedIds = 1000;
const maxTokenLength = 1024;
