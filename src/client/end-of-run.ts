import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import type {
  JobControlService,
  WatchStatusResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { type WatchOptions, watchStatus } from "./watch-status.ts";

export interface EndOfRunOptions extends WatchOptions {
  /** Told of each change on the way. */
  readonly onChange?: (message: WatchStatusResponse) => void;
  /** Of progress alone it is told no more often, in milliseconds. Default: as it comes */
  readonly minIntervalMs?: number;
}

type Watchable = Pick<Client<typeof JobControlService>, "watchStatus">;

/**
 * Waits for the end of the run that a Start has begun, or has queued: resolves with the job's status at that moment, or
 * when it was stopped before the run could begin. Rejects where the job is gone, as with a server that kept it in memory.
 * Cancellation: rejects with the signal's reason; the run goes on.
 */
export function endOfRun(jobs: Watchable, started: JobStatus, options?: EndOfRunOptions): Promise<JobStatus> {
  const isAhead = started.state === JobState.STOPPING || started.state === JobState.PENDING;
  const execution = started.executionCount + (isAhead ? 1n : 0n);
  const isOver = ({ executionCount, currentRun, state }: JobStatus) =>
    (executionCount === execution && currentRun?.endTime !== undefined) ||
    executionCount > execution ||
    state === JobState.STOPPED;
  return statusWhen(isOver, { jobs, job: started }, options);
}

/**
 * Waits until a job is no longer stopping, and resolves with its status then. Rejects where the job is gone.
 * Cancellation: rejects with the signal's reason; the stop goes on.
 */
export function endOfStop(
  jobs: Watchable,
  stopping: JobStatus,
  options?: EndOfRunOptions,
): Promise<JobStatus> {
  const isOver = ({ state, executionCount }: JobStatus) =>
    state !== JobState.STOPPING || executionCount > stopping.executionCount;
  return statusWhen(isOver, { jobs, job: stopping }, options);
}

async function statusWhen(
  isReached: (status: JobStatus) => boolean,
  { jobs, job }: { readonly jobs: Watchable; readonly job: JobStatus },
  { onChange = () => {}, minIntervalMs = 0, ...options }: EndOfRunOptions = {},
): Promise<JobStatus> {
  const { jobId, uid } = job;
  const request = {
    jobIds: [jobId],
    ...(minIntervalMs > 0 && { minInterval: durationFromMs(minIntervalMs) }),
  };
  for await (const message of watchStatus(jobs, request, options)) {
    const { status } = message;
    if (status === undefined) continue;
    if (status.uid !== uid) throw new Error(`The job is gone, and how its run ended is unknown: ${jobId}`);
    onChange(message);
    if (isReached(status)) return status;
  }
  throw new Error(`The watch of the job has ended before its run: ${jobId}`);
}
