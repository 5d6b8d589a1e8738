import { toJson } from "@bufbuild/protobuf";
import { ChannelStatsSchema } from "../../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { JobStatusSchema } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { systemClock } from "../../async/clock.ts";
import type { JobControlClient } from "../../client/client.ts";
import { stateName } from "../output/describe-job.ts";
import { jsonText } from "../output/json-text.ts";
import { Paced } from "../output/paced.ts";
import { print, tell } from "../output/print.ts";
import type { Server } from "../server/server.ts";
import { Interruptions } from "../verbs/follow.ts";
import { TopFeed } from "./top-feed.ts";
import type { TopModel } from "./top-model.ts";

/**
 * What `top` shows as JSON: a line a frame, at most one a second, each of them whole. There is none while the service is not
 * there. Ends by the signal alone.
 */
export async function printTopFrames(
  client: JobControlClient,
  server: Server,
  signal: AbortSignal | undefined,
): Promise<void> {
  const paced = new Paced(1000, () => {
    // It may have gone since this was asked for.
    if (feed.isWhole)
      print(jsonText(topFrame(feed.model, { address: server.address, timeMs: systemClock.now() })));
  });
  const interruptions = new Interruptions(server, { tell });
  const onNews = () => {
    if (feed.isWhole) paced.ask();
  };
  const feed: TopFeed = new TopFeed(client, { interruptions, onNews });
  try {
    await feed.follow(signal ?? new AbortController().signal);
  } finally {
    paced.stop();
  }
}

/** Statuses and figures as other verbs have them, the jobs in the order in which `top` shows them. */
function topFrame(
  { stats, counts, shown }: TopModel,
  { address, timeMs }: { readonly address: string; readonly timeMs: number },
): object {
  const whole = { alwaysEmitImplicit: true };
  return {
    time: new Date(timeMs).toISOString(),
    address,
    stats: stats && toJson(ChannelStatsSchema, stats, whole),
    counts: Object.fromEntries(counts.map(([state, count]) => [stateName(state), count])),
    jobs: shown.map((job) => toJson(JobStatusSchema, job, whole)),
  };
}
