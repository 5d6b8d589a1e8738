import type {
  Counters as CountersMessage,
  Fallback as FallbackMessage,
  JobError,
  JobStatus as JobStatusMessage,
  Progress as ProgressMessage,
  RunStatus as RunStatusMessage,
  Stopping as StoppingMessage,
} from "../../gen/jobcontrol/v1/job_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { isRunning } from "../job/job-state.ts";
import type {
  Counters,
  Fallback,
  JobFailure,
  JobStatus,
  Progress,
  RunStatus,
  Stopping,
} from "../job/job-status.ts";
import { desiredStateNumbers, jobStateNumbers } from "./enum-codec.ts";
import { toSchedule } from "./schedule-codec.ts";
import { toOptionalTimestamp, toTimestamp } from "./time-codec.ts";

/**
 * The status of a job as a message. A status never changes, so its message is made once, however many replies
 * and watchers it goes to, and must not be changed either.
 */
export function toJobStatus(status: JobStatus): JobStatusMessage {
  let message = messages.get(status);
  if (message === undefined) {
    message = encodeJobStatus(status);
    messages.set(status, message);
  }
  return message;
}

/** What a watch says of a job that does not exist. */
export function absentJob(jobId: string): JobStatusMessage {
  return {
    $typeName: "jobcontrol.v1.JobStatus",
    jobId,
    jobType: "",
    state: JobState.UNSPECIFIED,
    desiredState: 0,
    isRunning: false,
    executionCount: 0n,
    message: "",
    reason: "",
    revision: 0n,
    etag: "",
    uid: "",
    labels: {},
  };
}

const messages = new WeakMap<JobStatus, JobStatusMessage>();

function encodeJobStatus(status: JobStatus): JobStatusMessage {
  return {
    $typeName: "jobcontrol.v1.JobStatus",
    jobId: status.jobId,
    jobType: status.jobType,
    state: jobStateNumbers[status.state],
    desiredState: desiredStateNumbers[status.desiredState],
    isRunning: isRunning(status.state),
    executionCount: BigInt(status.executionCount),
    lastExecutionTime: toOptionalTimestamp(status.lastExecutionTimeMs),
    message: status.message,
    reason: status.reason,
    revision: BigInt(status.revision),
    etag: status.etag,
    uid: status.uid,
    labels: status.labels,
    createTime: toTimestamp(status.createTimeMs),
    updateTime: toTimestamp(status.updateTimeMs),
    nextRunTime: toOptionalTimestamp(status.nextRunTimeMs),
    counters: encodeCounters(status.counters),
    currentRun: status.currentRun && toRunStatus(status.currentRun),
    schedule: status.schedule && toSchedule(status.schedule),
  };
}

function encodeCounters(counters: Counters): CountersMessage {
  return {
    $typeName: "jobcontrol.v1.Counters",
    succeeded: BigInt(counters.succeeded),
    failed: BigInt(counters.failed),
    stopped: BigInt(counters.stopped),
    timedOut: BigInt(counters.timedOut),
    retries: BigInt(counters.retries),
    consecutiveFailures: BigInt(counters.consecutiveFailures),
    skippedOverlap: BigInt(counters.skippedOverlap),
    missed: BigInt(counters.missed),
  };
}

export function toRunStatus(run: RunStatus): RunStatusMessage {
  return {
    $typeName: "jobcontrol.v1.RunStatus",
    runId: run.runId,
    state: jobStateNumbers[run.state],
    attempt: run.attempt,
    maxAttempts: run.maxAttempts,
    nextAttemptTime: toOptionalTimestamp(run.nextAttemptTimeMs),
    scheduledTime: toOptionalTimestamp(run.scheduledTimeMs),
    startTime: toTimestamp(run.startTimeMs),
    endTime: toOptionalTimestamp(run.endTimeMs),
    progress: run.progress && encodeProgress(run.progress),
    error: run.error && encodeFailure(run.error),
    stopping: run.stopping && encodeStopping(run.stopping),
    exitCode: run.exitCode ?? 0,
    fallback: run.fallback && encodeFallback(run.fallback),
  };
}

function encodeFallback({ startTimeMs, cause }: Fallback): FallbackMessage {
  return {
    $typeName: "jobcontrol.v1.Fallback",
    startTime: toTimestamp(startTimeMs),
    cause: encodeFailure(cause),
  };
}

function encodeProgress(progress: Progress): ProgressMessage {
  return { $typeName: "jobcontrol.v1.Progress", ...progress };
}

function encodeFailure({ timeMs, ...failure }: JobFailure): JobError {
  return { $typeName: "jobcontrol.v1.JobError", ...failure, time: toTimestamp(timeMs) };
}

function encodeStopping(stopping: Stopping): StoppingMessage {
  return {
    $typeName: "jobcontrol.v1.Stopping",
    requestTime: toTimestamp(stopping.requestTimeMs),
    requestedBy: stopping.requestedBy,
    reason: stopping.reason,
    acknowledged: stopping.acknowledged,
    forceTime: toTimestamp(stopping.forceTimeMs),
  };
}
