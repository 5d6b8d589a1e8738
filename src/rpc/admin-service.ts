import type { ServiceImpl } from "@connectrpc/connect";
import type { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import type { AdminControl } from "../control/admin-control.ts";
import { fromDrainRequest, fromUpdateLimitsRequest, fromWatchChannelStatsRequest } from "./admin-requests.ts";
import { createAnswering, type ServiceOptions } from "./answering.ts";
import {
  toDrainResponse,
  toGetChannelStatsResponse,
  toUpdateLimitsResponse,
  toWatchChannelStatsResponse,
} from "./stats-codec.ts";

/** `AdminService`, written once for every door, apart from the jobs so that it can be authorised apart from them. */
export function createAdminService(
  admin: AdminControl,
  options: ServiceOptions = {},
): ServiceImpl<typeof AdminService> {
  const { answer, stream } = createAnswering(options);
  return {
    getChannelStats: (_request, context) => answer(context, () => toGetChannelStatsResponse(admin.stats())),

    watchChannelStats: (request, context) =>
      stream(
        context,
        (call) => admin.watchStats(fromWatchChannelStatsRequest(request), call),
        toWatchChannelStatsResponse,
      ),

    updateLimits: (request, context) =>
      answer(context, async (call) =>
        toUpdateLimitsResponse(await admin.updateLimits(fromUpdateLimitsRequest(request), call)),
      ),

    drain: (request, context) =>
      answer(context, async (call) => toDrainResponse(await admin.drain(fromDrainRequest(request), call))),
  };
}
