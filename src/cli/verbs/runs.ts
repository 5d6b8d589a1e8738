import { create } from "@bufbuild/protobuf";
import { ListRunsResponseSchema } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { RunStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, withClient } from "../connection.ts";
import { progressText, stateText } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim, plain } from "../output/style.ts";
import { millisecondsOf, relative, span } from "../output/times.ts";
import { cut } from "../output/width.ts";

export interface RunsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly limit: number;
}

/** Lists the last runs of a job, the newest first. */
export async function runs(jobId: string, options: RunsOptions): Promise<void> {
  await withClient(options, async (client) => {
    const list = await lastRuns(client, jobId, options.limit);
    if (options.json) printJson(ListRunsResponseSchema, create(ListRunsResponseSchema, list));
    else if (list.runs.length === 0) print(dim("No runs"));
    else print(header, ...list.runs.flatMap(lines));
  });
}

/** As many pages as it takes, and the token of what comes after them. */
async function lastRuns(client: JobControlClient, jobId: string, limit: number) {
  const runs: RunStatus[] = [];
  let nextPageToken = "";
  do {
    const pageSize = Math.min(1000, limit - runs.length);
    const page = await client.jobs.listRuns({ jobId, pageSize, pageToken: nextPageToken });
    runs.push(...page.runs);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== "" && runs.length < limit);
  return { runs, nextPageToken };
}

const header = dim(`${"RUN".padEnd(36)}  STATE      STARTED      TOOK`);

/** A line a run, and one below it where there is more to tell. */
function lines(run: RunStatus): string[] {
  const { runId, state, startTime, endTime } = run;
  const took = startTime && endTime ? span(millisecondsOf(endTime) - millisecondsOf(startTime)) : "";
  const line = `${runId.padEnd(36)}  ${stateText(state, 9)}  ${relative(startTime).padEnd(11)}  ${took}`;
  return [line.trimEnd(), cut(detail(run), (process.stdout.columns ?? 80) - 2)].map((text, at) =>
    at === 0 || text === "" ? text : `  ${dim(text)}`,
  );
}

function detail({ error, progress, endTime, attempt, maxAttempts, stopping, fallback }: RunStatus): string {
  const parts = [
    maxAttempts > 1 ? `attempt ${attempt} of ${maxAttempts}` : "",
    progress !== undefined && endTime === undefined ? progressText(progress) : "",
    fallback?.cause === undefined ? "" : `by the fallback after ${fallback.cause.reason}`,
    error === undefined ? "" : `${error.reason}: ${plain(error.message)}`,
    stopping === undefined || stopping.reason === "" ? "" : `stopped: ${plain(stopping.reason)}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}
