import {
  type WatchOutputResponse,
  WatchOutputResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { OutputLineSchema } from "../../../gen/jobcontrol/v1/output_pb.ts";
import { defaultTimeoutMs } from "../../client/deadlines.ts";
import { type ConnectionOptions, patienceMs, withClient } from "../connection.ts";
import { outputText } from "../output/output-text.ts";
import { print, printJson, tell } from "../output/print.ts";

export interface LogsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly run?: string;
  readonly tail?: number;
  readonly follow?: boolean;
}

/** Prints what a run wrote, and with `--follow` what it writes, until it is over. */
export async function logs(jobId: string, options: LogsOptions): Promise<void> {
  const { json = false, run = "", tail, follow = false } = options;
  await withClient(options, async (client) => {
    const request = { jobId, runId: run, tail: tail ?? 0, skipKept: tail === 0, follow };
    const timeoutMs = patienceMs(options) || (follow ? 0 : defaultTimeoutMs);
    let isSilent = true;
    for await (const response of client.jobs.watchOutput(request, { timeoutMs })) {
      isSilent = false;
      if (json) printLines(response);
      else print(...outputText(response));
    }
    if (isSilent && !json && tail !== 0) tell(`The run of ${jobId} has written nothing`);
  });
}

/** A document a line of output; where lines are missing, one that says how many. */
function printLines({ lines, ...rest }: WatchOutputResponse): void {
  if (rest.dropped > 0n) printJson(WatchOutputResponseSchema, { ...rest, lines: [] }, { line: true });
  for (const line of lines) printJson(OutputLineSchema, line, { line: true });
}
