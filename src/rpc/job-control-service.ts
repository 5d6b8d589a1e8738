import type { ServiceImpl } from "@connectrpc/connect";
import {
  type JobControlService,
  ListJobsResponseSchema,
  ListRunsResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobControl } from "../control/job-control.ts";
import { createAnswering, type ServiceOptions } from "./answering.ts";
import { toWatchOutputResponse } from "./output-codec.ts";
import { pageThatFits } from "./page-that-fits.ts";
import {
  toGetCommandResponse,
  toGetStatusResponse,
  toListJobsResponse,
  toListRunsResponse,
  toPauseResponse,
  toResumeResponse,
  toStartResponse,
  toStopResponse,
  toTriggerResponse,
} from "./reply-codec.ts";
import {
  fromChangeRequest,
  fromGetCommandRequest,
  fromGetStatusRequest,
  fromListJobsRequest,
  fromListRunsRequest,
  fromStartRequest,
  fromStopRequest,
  fromWatchOutputRequest,
  fromWatchStatusRequest,
} from "./requests.ts";
import { toWatchStatusResponse } from "./watch-codec.ts";

/**
 * `JobControlService`, written once for every door: checks and decodes a request, asks the core, encodes its
 * answer. All that it throws is a `ConnectError`. Methods that this version does not have are absent.
 */
export function createJobControlService(
  control: JobControl,
  options: ServiceOptions = {},
): Partial<ServiceImpl<typeof JobControlService>> {
  const { answer, stream } = createAnswering(options);
  return {
    start: (request, context) =>
      answer(context, async (call) => toStartResponse(await control.start(fromStartRequest(request), call))),

    stop: (request, context) =>
      answer(context, async (call) => toStopResponse(await control.stop(fromStopRequest(request), call))),

    pause: (request, context) =>
      answer(context, async (call) => toPauseResponse(await control.pause(fromChangeRequest(request), call))),

    resume: (request, context) =>
      answer(context, async (call) =>
        toResumeResponse(await control.resume(fromChangeRequest(request), call)),
      ),

    trigger: (request, context) =>
      answer(context, async (call) =>
        toTriggerResponse(await control.trigger(fromChangeRequest(request), call)),
      ),

    getStatus: (request, context) =>
      answer(context, async (call) =>
        toGetStatusResponse(await control.getStatus(fromGetStatusRequest(request), call)),
      ),

    listJobs: (request, context) =>
      answer(context, () => {
        const list = fromListJobsRequest(request);
        const ask = (pageSize: number) => toListJobsResponse(control.list({ ...list, pageSize }));
        return pageThatFits(ListJobsResponseSchema, list.pageSize, ask);
      }),

    getCommand: (request, context) =>
      answer(context, async () =>
        toGetCommandResponse(await control.getCommand(fromGetCommandRequest(request))),
      ),

    listRuns: (request, context) =>
      answer(context, () => {
        const list = fromListRunsRequest(request);
        const ask = async (pageSize: number) =>
          toListRunsResponse(await control.listRuns({ ...list, pageSize }));
        return pageThatFits(ListRunsResponseSchema, list.pageSize, ask);
      }),

    watchStatus: (request, context) =>
      stream(context, (call) => control.watch(fromWatchStatusRequest(request), call), toWatchStatusResponse),

    watchOutput: (request, context) =>
      stream(
        context,
        (call) => control.watchOutput(fromWatchOutputRequest(request), call),
        toWatchOutputResponse,
      ),
  };
}
