import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { ReplyMode } from "../../gen/jobcontrol/v1/command_pb.ts";
import {
  GetStatusRequest_Consistency,
  type GetStatusRequestSchema,
  type GetStatusResponse,
  type JobControlService,
  type PauseRequestSchema,
  type PauseResponse,
  type ResumeRequestSchema,
  type ResumeResponse,
  type StartRequestSchema,
  type StartResponse,
  type StopRequestSchema,
  type StopResponse,
  type TriggerRequestSchema,
  type TriggerResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { type EndOfRunOptions, endOfRun, endOfStop } from "./end-of-run.ts";
import { type RepeatOptions, repeat } from "./repeat.ts";

/** How a command is sent, and how the end of the run is waited for. */
export interface WaitOptions
  extends RepeatOptions,
    Pick<EndOfRunOptions, "onChange" | "onInterrupted" | "minIntervalMs"> {
  /**
   * True: resolves when the run has ended, with the status at that moment, however long that takes and however often the
   * connection is cut. `timeoutMs` is for the command alone.
   */
  readonly wait?: boolean;
}

export interface StartOptions extends WaitOptions {
  /** With `wait`: told of the answer to the Start, before the run is waited for. */
  readonly onStarted?: (response: StartResponse) => void;
}

/**
 * The commands, made safely: each has a `request_id` of its own unless it brings one, so that it can be sent again when
 * the answer was lost, and is still applied once. All of them have a deadline, and throw a `CallError`.
 */
export interface Commands {
  /** With `wait` the status has the result of the run, where it succeeded. */
  start(request: MessageInitShape<typeof StartRequestSchema>, options?: StartOptions): Promise<StartResponse>;
  /** `wait` may stand in the request, too. */
  stop(request: MessageInitShape<typeof StopRequestSchema>, options?: WaitOptions): Promise<StopResponse>;
  pause(
    request: MessageInitShape<typeof PauseRequestSchema>,
    options?: RepeatOptions,
  ): Promise<PauseResponse>;
  resume(
    request: MessageInitShape<typeof ResumeRequestSchema>,
    options?: RepeatOptions,
  ): Promise<ResumeResponse>;
  trigger(
    request: MessageInitShape<typeof TriggerRequestSchema>,
    options?: RepeatOptions,
  ): Promise<TriggerResponse>;
  getStatus(
    request: MessageInitShape<typeof GetStatusRequestSchema>,
    options?: RepeatOptions,
  ): Promise<GetStatusResponse>;
}

/** `usualMs` is the deadline of those that bring none of their own. */
export function createCommands(jobs: Client<typeof JobControlService>, usualMs: number): Commands {
  const timely = (options: RepeatOptions = {}) => ({ ...options, timeoutMs: options.timeoutMs ?? usualMs });
  /** Sends a request as often as it takes; it is the same each time. */
  const safely =
    <Q extends Identifiable, R>(send: Send<Q, R>) =>
    (request: Q, options?: RepeatOptions): Promise<R> => {
      const once = { ...request, requestId: request.requestId || crypto.randomUUID() };
      return repeat((call) => send(once, call), timely(options));
    };
  const commands = {
    start: safely(jobs.start),
    stop: safely(jobs.stop),
    pause: safely(jobs.pause),
    resume: safely(jobs.resume),
    trigger: safely(jobs.trigger),
  };
  const getStatus: Commands["getStatus"] = (request, options) =>
    repeat((call) => jobs.getStatus(request, call), timely(options));
  return {
    ...commands,
    getStatus,
    async start(request, { wait = false, onStarted = () => {}, ...options } = {}) {
      if (wait) refuseAccepted(request);
      const response = await commands.start(request, options);
      if (!wait || response.status === undefined || request.validateOnly) return response;
      onStarted(response);
      const ended = await endOfRun(jobs, response.status, options);
      return { ...response, status: await withResult(getStatus, ended, options) };
    },
    async stop(request, { wait = request.wait ?? false, ...options } = {}) {
      if (wait) refuseAccepted(request);
      const response = await commands.stop({ ...request, wait: false }, options);
      const { status } = response;
      if (!wait || status?.state !== JobState.STOPPING || request.validateOnly) return response;
      return { ...response, status: await endOfStop(jobs, status, options) };
    },
  };
}

/** What becomes of such a command is not in its answer: there would be nothing to wait for. */
function refuseAccepted({ replyMode }: { readonly replyMode?: ReplyMode }): void {
  if (replyMode === ReplyMode.ACCEPTED) throw new TypeError("Nothing to wait for with replyMode: ACCEPTED");
}

/** The status with what the run returned, unless another run has ended since. */
async function withResult(
  getStatus: Commands["getStatus"],
  ended: JobStatus,
  options: RepeatOptions,
): Promise<JobStatus> {
  if ((ended.currentRun?.state ?? ended.state) !== JobState.SUCCEEDED) return ended;
  const { jobId, uid, counters } = ended;
  const request = { jobId, includeResult: true, consistency: GetStatusRequest_Consistency.SNAPSHOT };
  // What hears of further tries has heard of those of the Start.
  const { status } = await getStatus(request, { ...options, onRetry() {} });
  const isTheSame = status?.uid === uid && status.counters?.succeeded === counters?.succeeded;
  return isTheSame && status.result !== undefined ? { ...ended, result: status.result } : ended;
}

type Send<Q, R> = (request: Q, call: { signal?: AbortSignal; timeoutMs: number }) => Promise<R>;

interface Identifiable {
  readonly requestId?: string;
}
