import {
  type WatchOutputResponse,
  WatchOutputResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { OutputLineSchema } from "../../../gen/jobcontrol/v1/output_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, withClient, withPatience } from "../connection.ts";
import { outputText } from "../output/output-text.ts";
import { print, printJson, tell } from "../output/print.ts";
import type { Server } from "../server/server.ts";
import { type FollowOptions, followAgain, Interruptions } from "./follow.ts";

export interface LogsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly run?: string;
  readonly tail?: number;
  readonly follow?: boolean;
}

/** Prints what a run wrote, and with `--follow` what it writes, until it is over, also where the connection is cut. */
export async function logs(jobId: string, options: LogsOptions): Promise<void> {
  const { json = false, tail, follow = false, timeout = follow ? undefined : "10s" } = options;
  await withClient(options, (client, server) =>
    withPatience({ timeout }, async (signal) => {
      let isSilent = true;
      for await (const response of outputOf(jobId, options, { client, server, signal })) {
        isSilent = false;
        if (json) printLines(response);
        else print(...outputText(response));
      }
      if (isSilent && !json && tail !== 0) tell(`The run of ${jobId} has written nothing`);
    }),
  );
}

interface Reading extends FollowOptions {
  readonly client: JobControlClient;
  readonly server: Server;
}

/** Where the connection is cut, it goes on with the line after the last, of the same run. */
function outputOf(
  jobId: string,
  { run = "", tail, follow = false }: LogsOptions,
  { client, server, signal }: Reading,
): AsyncIterable<WatchOutputResponse> {
  const request = { jobId, runId: run, tail: tail ?? 0, skipKept: tail === 0, follow, fromLine: 0n };
  const open = async function* () {
    for await (const response of client.jobs.watchOutput(request, {
      ...(signal && { signal }),
      timeoutMs: 0,
    })) {
      request.runId = response.lines.at(-1)?.runId ?? request.runId;
      request.fromLine = response.nextLine;
      yield response;
    }
  };
  return follow ? followAgain(open, new Interruptions(server, { tell }), { signal }) : open();
}

/** A document a line of output; where lines are missing, one that says how many. */
function printLines({ lines, nextLine, ...rest }: WatchOutputResponse): void {
  const missing = { ...rest, lines: [], nextLine: nextLine - BigInt(lines.length) };
  if (rest.dropped > 0n) printJson(WatchOutputResponseSchema, missing, { line: true });
  for (const line of lines) printJson(OutputLineSchema, line, { line: true });
}
