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

export interface StartOptions extends RepeatOptions, Pick<EndOfRunOptions, "onChange"> {
  /** True: resolves when the run has ended, with the status at that moment. `timeoutMs` is for the Start alone. */
  readonly wait?: boolean;
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
    async start(request, { wait = false, onChange, ...options } = {}) {
      const once = identified(request);
      const response = await repeat((call) => jobs.start(once, call), options);
      if (!wait || response.status === undefined || request.validateOnly) return response;
      const { signal, clock, backoff } = options;
      const watch = {
        signal,
        ...(clock && { clock }),
        ...(backoff && { backoff }),
        ...(onChange && { onChange }),
      };
      return { ...response, status: await endOfRun(jobs, response.status, watch) };
    },
    stop(request, options) {
      const once = identified(request);
      return repeat((call) => jobs.stop(once, call), options);
    },
    pause(request, options) {
      const once = identified(request);
      return repeat((call) => jobs.pause(once, call), options);
    },
    resume(request, options) {
      const once = identified(request);
      return repeat((call) => jobs.resume(once, call), options);
    },
    trigger(request, options) {
      const once = identified(request);
      return repeat((call) => jobs.trigger(once, call), options);
    },
    getStatus: (request, options) => repeat((call) => jobs.getStatus(request, call), options),
  };
}

/** The same request however often it is sent. */
function identified<R extends { readonly requestId?: string }>(
  request: R,
): R & { readonly requestId: string } {
  return { ...request, requestId: request.requestId || crypto.randomUUID() };
}
