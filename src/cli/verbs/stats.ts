import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  GetChannelStatsResponseSchema,
  type WatchChannelStatsResponse,
  WatchChannelStatsResponseSchema,
} from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, milliseconds, patienceMs, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeStats } from "../output/describe-stats.ts";
import { LiveLines } from "../output/live-lines.ts";
import { print, printJson } from "../output/print.ts";
import { isLive } from "../output/watch-view.ts";

export interface StatsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  /** A duration. */
  readonly interval?: string;
}

/** Shows how the channel does; with `--watch` again and again, on a terminal always in the same place. */
export async function stats(options: StatsOptions): Promise<void> {
  const { json = false, watch = false } = options;
  await withClient(options, async (client) => {
    if (watch) return watchStats(client, options);
    const response = await client.admin.getChannelStats({});
    if (json) printJson(GetChannelStatsResponseSchema, response);
    else if (response.stats !== undefined) print(describeStats(response.stats));
  });
}

async function watchStats(client: JobControlClient, options: StatsOptions): Promise<void> {
  const { interval = "1s" } = options;
  const request = { interval: durationFromMs(milliseconds("--interval", interval)) };
  const show = options.json ? showJson : createView();
  for await (const message of client.admin.watchChannelStats(request, { timeoutMs: patienceMs(options) }))
    show(message);
  throw new CliError(exitCode.unavailable, "The watch was cut off");
}

function showJson(message: WatchChannelStatsResponse): void {
  printJson(WatchChannelStatsResponseSchema, message, { line: true });
}

/** Where a person looks on, each view takes the place of the one before; elsewhere an empty line is between them. */
function createView(): (message: WatchChannelStatsResponse) => void {
  return isLive(process.stdout) ? createLiveView(process.stdout) : createPlainView();
}

function createLiveView(terminal: NodeJS.WriteStream): (message: WatchChannelStatsResponse) => void {
  let view: readonly string[] = [];
  const lines = new LiveLines(terminal, () => view);
  process.once("exit", () => lines.end());
  return ({ stats }) => {
    if (stats === undefined) return;
    view = describeStats(stats).split("\n");
    lines.print();
  };
}

function createPlainView(): (message: WatchChannelStatsResponse) => void {
  let isFirst = true;
  return ({ stats }) => {
    if (stats === undefined) return;
    if (!isFirst) process.stdout.write("\n");
    print(describeStats(stats));
    isFirst = false;
  };
}
