import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  GetChannelStatsResponseSchema,
  type WatchChannelStatsResponse,
  WatchChannelStatsResponseSchema,
} from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, milliseconds, withClient, withPatience } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeStats } from "../output/describe-stats.ts";
import { LiveLines } from "../output/live-lines.ts";
import { print, printJson, tell } from "../output/print.ts";
import { isLive } from "../output/watch-view.ts";
import type { Server } from "../server/server.ts";
import { followAgain, Interruptions } from "./follow.ts";

export interface StatsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  /** A duration. */
  readonly interval?: string;
}

/** Shows how the channel does; with `--watch` again and again, on a terminal always in the same place. */
export async function stats(options: StatsOptions): Promise<void> {
  const { json = false, watch = false, interval } = options;
  if (interval !== undefined && !watch) throw new CliError(exitCode.usage, "--interval goes with --watch");
  await withClient(options, async (client, server) => {
    if (watch) return watchStats(client, server, options);
    const response = await client.admin.getChannelStats({});
    if (json) printJson(GetChannelStatsResponseSchema, response);
    else if (response.stats !== undefined) print(describeStats(response.stats, process.stdout.columns));
  });
}

/** It outlives the connection and the server, and ends with `--timeout` alone. */
async function watchStats(client: JobControlClient, server: Server, options: StatsOptions): Promise<void> {
  const { json = false, interval = "1s" } = options;
  const request = { interval: durationFromMs(milliseconds("--interval", interval)) };
  const view = createView({ json });
  await withPatience(options, async (signal) => {
    const open = async function* () {
      yield* client.admin.watchChannelStats(request, { ...(signal && { signal }), timeoutMs: 0 });
      throw new ConnectError("The server has ended the watch", Code.Unavailable);
    };
    for await (const message of followAgain(open, new Interruptions(server, view), { signal }))
      view.show(message);
  });
}

interface StatsView {
  show(message: WatchChannelStatsResponse): void;
  /** Tells on stderr of the watch itself. */
  tell(text: string): void;
}

function showJson(message: WatchChannelStatsResponse): void {
  printJson(WatchChannelStatsResponseSchema, message, { line: true });
}

/** Where a person looks on, each view takes the place of the one before; elsewhere an empty line is between them. */
function createView({ json }: { readonly json: boolean }): StatsView {
  if (json) return { show: showJson, tell };
  return isLive(process.stdout) ? createLiveView(process.stdout) : { show: createPlainShow(), tell };
}

function createLiveView(terminal: NodeJS.WriteStream): StatsView {
  let view: readonly string[] = [];
  const lines = new LiveLines(terminal, () => view);
  process.once("exit", () => lines.end());
  return {
    show({ stats }) {
      if (stats === undefined) return;
      view = describeStats(stats, terminal.columns).split("\n");
      lines.print();
    },
    tell: (text) => lines.aside(() => tell(text)),
  };
}

function createPlainShow(): (message: WatchChannelStatsResponse) => void {
  let isFirst = true;
  return ({ stats }) => {
    if (stats === undefined) return;
    if (!isFirst) process.stdout.write("\n");
    print(describeStats(stats));
    isFirst = false;
  };
}
