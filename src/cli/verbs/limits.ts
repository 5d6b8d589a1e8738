import {
  GetChannelStatsResponseSchema,
  UpdateLimitsResponseSchema,
} from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import type { ChannelStats } from "../../../gen/jobcontrol/v1/channel_stats_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, withClient } from "../connection.ts";
import { describeLimits } from "../output/describe-stats.ts";
import { print, printJson } from "../output/print.ts";

export interface LimitsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly rate?: number;
  readonly burst?: number;
  readonly reason?: string;
}

/** Shows the rate limit, after having changed what is asked for. */
export async function limits(options: LimitsOptions): Promise<void> {
  const { rate, burst } = options;
  await withClient(options, async (client) => {
    const stats =
      rate === undefined && burst === undefined ? await read(client, options) : await change(client, options);
    if (!options.json && stats !== undefined) print(describeLimits(stats));
  });
}

async function read(client: JobControlClient, { json }: LimitsOptions): Promise<ChannelStats | undefined> {
  const response = await client.admin.getChannelStats({});
  if (json) printJson(GetChannelStatsResponseSchema, response);
  return response.stats;
}

async function change(
  client: JobControlClient,
  { json, rate, burst, reason = "" }: LimitsOptions,
): Promise<ChannelStats | undefined> {
  const response = await client.admin.updateLimits({
    reason,
    ...(rate !== undefined && { tokensPerSecond: rate }),
    ...(burst !== undefined && { burst }),
  });
  if (json) printJson(UpdateLimitsResponseSchema, response);
  return response.stats;
}
