import {
  type WatchOutputResponse,
  WatchOutputResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type RunStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { OutputLineSchema } from "../../../gen/jobcontrol/v1/output_pb.ts";
import { CallError } from "../../client/call-error.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, withClient, withPatience } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
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

/**
 * Prints what a run wrote, and with `--follow` what it writes, until it is over, also where the connection is cut. It then ends
 * with 5 where the run has failed or was lost: with its server its output ends too, and nobody is to think that this was all.
 */
export async function logs(jobId: string, options: LogsOptions): Promise<void> {
  const { json = false, tail, follow = false, timeout = follow ? undefined : "10s" } = options;
  await withClient(options, (client, server) =>
    withPatience({ timeout }, async (signal) => {
      let isSilent = true;
      let state: JobState | undefined;
      const onOver = (run: RunStatus | undefined) => {
        state = run?.state;
      };
      for await (const response of outputOf(jobId, options, { client, server, signal, onOver })) {
        isSilent = false;
        if (json) printLines(response);
        else print(...outputText(response));
      }
      if (isSilent && !json && tail !== 0) tell(await whySilent(client, jobId));
      refuseBadEnd(jobId, state);
    }),
  );
}

/** What is kept of a run ends with its server, so that silence does not say that it has written nothing. */
async function whySilent({ jobs }: JobControlClient, jobId: string): Promise<string> {
  const runs = await lastRuns(jobs, { jobId, pageSize: 1 });
  if (runs?.length === 0) return `${jobId} has not run yet`;
  return `No output of ${jobId} is kept: its run has written nothing, or its server has ended since`;
}

interface Reading extends FollowOptions {
  readonly client: JobControlClient;
  readonly server: Server;
  /** Hears of the run that was followed when there is nothing more of it; of none where that is not known any more. */
  readonly onOver: (run: RunStatus | undefined) => void;
}

/** Where the connection is cut, it goes on with the line after the last, of the same run. */
function outputOf(
  jobId: string,
  { run = "", tail, follow = false }: LogsOptions,
  { client, server, signal, onOver }: Reading,
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
  const openToEnd = async function* () {
    try {
      yield* open();
    } catch (thrown) {
      // What was followed is gone with its server; how it ended is not.
      if (request.fromLine === 0n || !isNotFound(thrown)) throw thrown;
      const over = await followedRun(client, request);
      if (over === undefined) throw thrown;
      onOver(over);
      return;
    }
    onOver(await followedRun(client, request));
  };
  return follow ? followAgain(openToEnd, new Interruptions(server, { tell }), { signal }) : open();
}

/** Of a run that has written nothing the id is not known: it is the last that is over. */
async function followedRun(
  { jobs }: JobControlClient,
  { jobId, runId }: { readonly jobId: string; readonly runId: string },
): Promise<RunStatus | undefined> {
  const runs = await lastRuns(jobs, { jobId, pageSize: 1000 });
  return runs?.find((run) => (runId === "" ? run.endTime !== undefined : run.runId === runId));
}

/** Undefined where the job is gone: one that has settled may be kept for a moment only. */
async function lastRuns(
  jobs: JobControlClient["jobs"],
  request: { readonly jobId: string; readonly pageSize: number },
): Promise<readonly RunStatus[] | undefined> {
  try {
    return (await jobs.listRuns(request)).runs;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

function isNotFound(thrown: unknown): boolean {
  return new CallError(thrown).code === "NOT_FOUND";
}

function refuseBadEnd(jobId: string, state: JobState | undefined): void {
  if (state === JobState.LOST) {
    const problem = `The run of ${jobId} was lost with its server, and maybe what it wrote last`;
    throw new CliError(exitCode.jobFailed, problem);
  }
  if (state === JobState.FAILED)
    throw new CliError(exitCode.jobFailed, `The run of ${jobId} did not succeed: failed`);
}

/** A document a line of output; where lines are missing, one that says how many. */
function printLines({ lines, nextLine, ...rest }: WatchOutputResponse): void {
  const missing = { ...rest, lines: [], nextLine: nextLine - BigInt(lines.length) };
  if (rest.dropped > 0n) printJson(WatchOutputResponseSchema, missing, { line: true });
  for (const line of lines) printJson(OutputLineSchema, line, { line: true });
}
