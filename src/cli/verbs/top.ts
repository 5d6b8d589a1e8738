import { type ConnectionOptions, withClient, withPatience } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { isLive } from "../output/watch-view.ts";
import { LiveTop } from "../top/live-top.ts";
import { printTopFrames } from "../top/top-frames.ts";

export interface TopOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** Shows all jobs and the channel on the whole terminal, until it is quit; with `--json` as lines, anywhere. */
export async function top(options: TopOptions): Promise<void> {
  const { json = false } = options;
  const { stdin, stdout } = process;
  if (!json && (!isLive(stdout) || !stdin.isTTY)) {
    const instead = "jobctl top --json, jobctl list and jobctl watch tell the same anywhere";
    throw new CliError(exitCode.usage, `top is for a terminal: ${instead}`);
  }
  await withClient(options, (client, server) =>
    withPatience(options, (signal) =>
      json ? printTopFrames(client, server, signal) : new LiveTop(client, server).show(signal),
    ),
  );
}
