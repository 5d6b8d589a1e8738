import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type {
  GetStatusRequestSchema,
  GetStatusResponse,
  JobControlService,
  PauseRequestSchema,
  PauseResponse,
  ResumeRequestSchema,
  ResumeResponse,
  StartRequestSchema,
  StartResponse,
  StopRequestSchema,
  StopResponse,
  TriggerRequestSchema,
  TriggerResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type EndOfRunOptions, endOfRun } from "./end-of-run.ts";
import { type RepeatOptions, repeat } from "./repeat.ts";

export interface StartOptions
  extends RepeatOptions,
    Pick<EndOfRunOptions, "onChange" | "onInterrupted" | "minIntervalMs"> {
  /** True: resolves when the run has ended, with the status at that moment. `timeoutMs` is for the Start alone. */
  readonly wait?: boolean;
  /** With `wait`: told of the answer to the Start, before the run is waited for. */
  readonly onStarted?: (response: StartResponse) => void;
}

/**
 * The commands, made safely: each has a `request_id` of its own unless it brings one, so that it can be sent again when
 * the answer was lost, and is still applied once. All of them have a deadline, and throw a `CallError`.
 */
export interface Commands {
  start(request: MessageInitShape<typeof StartRequestSchema>, options?: StartOptions): Promise<StartResponse>;
  /** With `wait` in the request it resolves when the run has ended. */
  stop(request: MessageInitShape<typeof StopRequestSchema>, options?: RepeatOptions): Promise<StopResponse>;
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

export function createCommands(jobs: Client<typeof JobControlService>): Commands {
  return {
    async start(request, { wait = false, onStarted = () => {}, ...options } = {}) {
      const response = await safely(jobs.start)(request, options);
      if (!wait || response.status === undefined || request.validateOnly) return response;
      onStarted(response);
      return { ...response, status: await endOfRun(jobs, response.status, options) };
    },
    stop: safely(jobs.stop),
    pause: safely(jobs.pause),
    resume: safely(jobs.resume),
    trigger: safely(jobs.trigger),
    getStatus: (request, options) => repeat((call) => jobs.getStatus(request, call), options),
  };
}

type Send<Q, R> = (request: Q, call: { signal?: AbortSignal; timeoutMs: number }) => Promise<R>;

/** Sends a request as often as it takes; it is the same each time. */
function safely<Q extends Identifiable, R>(send: Send<Q, R>) {
  return (request: Q, options?: RepeatOptions): Promise<R> => {
    const once = { ...request, requestId: request.requestId || crypto.randomUUID() };
    return repeat((call) => send(once, call), options);
  };
}

interface Identifiable {
  readonly requestId?: string;
}
