import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type Clock, systemClock } from "../async/clock.ts";
import type { Call, JobControl } from "../control/job-control.ts";
import { ContextCall } from "./call.ts";
import { type OnBug, toConnectError } from "./errors.ts";
import { listJobs } from "./list-jobs.ts";
import { mapStream } from "./map-stream.ts";
import {
  toGetStatusResponse,
  toPauseResponse,
  toResumeResponse,
  toStartResponse,
  toStopResponse,
  toTriggerResponse,
} from "./reply-codec.ts";
import {
  fromChangeRequest,
  fromGetStatusRequest,
  fromListJobsRequest,
  fromStartRequest,
  fromStopRequest,
  fromWatchStatusRequest,
} from "./requests.ts";
import { toWatchStatusResponse } from "./watch-codec.ts";

/**
 * `JobControlService`, written once for every door: checks and decodes a request, asks the core, encodes its
 * answer. All that it throws is a `ConnectError`. Methods that this version does not have are absent.
 */
export function createJobControlService(
  control: JobControl,
  { clock = systemClock, onBug = () => {} }: ServiceOptions = {},
): Partial<ServiceImpl<typeof JobControlService>> {
  const fault = (error: unknown) => toConnectError(error, onBug);

  async function answer<T>(context: HandlerContext, ask: (call: Call) => T | Promise<T>): Promise<T> {
    try {
      return await ask(new ContextCall(context, clock));
    } catch (error) {
      throw fault(error);
    }
  }

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

    listJobs: (request, context) => answer(context, () => listJobs(control, fromListJobsRequest(request))),

    watchStatus(request, context) {
      try {
        const messages = control.watch(fromWatchStatusRequest(request), new ContextCall(context, clock));
        return mapStream(messages, { each: toWatchStatusResponse, error: fault });
      } catch (error) {
        throw fault(error);
      }
    },
  };
}

export interface ServiceOptions {
  readonly clock?: Clock;
  readonly onBug?: OnBug;
}
