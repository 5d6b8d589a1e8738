import { create } from "@bufbuild/protobuf";
import { ListJobsResponseSchema } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, labelsOf, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { stateName, stateText } from "../output/describe-job.ts";
import { jobDetail } from "../output/job-detail.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { cut } from "../output/width.ts";

export interface ListOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly state?: readonly string[];
  readonly type?: string;
  readonly label?: readonly string[];
}

export async function list(options: ListOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { jobs, resumeToken } = await allJobs(client, options);
    if (options.json)
      printJson(ListJobsResponseSchema, create(ListJobsResponseSchema, { jobs, resumeToken }));
    else if (jobs.length === 0) print(dim("No jobs"));
    else print(...table(jobs));
  });
}

/** All pages; the token is the first one's, so that a watch from there misses nothing. */
async function allJobs(client: JobControlClient, { state = [], type = "", label }: ListOptions) {
  const filter = { states: state.map(stateOf), jobType: type, labelSelector: labelsOf(label) };
  const jobs: JobStatus[] = [];
  let resumeToken = "";
  let pageToken = "";
  do {
    const page = await client.jobs.listJobs({ ...filter, pageSize: 1000, pageToken });
    jobs.push(...page.jobs);
    if (resumeToken === "") resumeToken = page.resumeToken;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return { jobs, resumeToken };
}

function stateOf(name: string): JobState {
  const known = Object.values(JobState).filter((state) => state !== JobState.UNSPECIFIED);
  const state = known.find((candidate) => stateName(candidate) === name.toLowerCase());
  if (state !== undefined) return state;
  throw new CliError(exitCode.usage, `--state is none of ${known.map(stateName).join(", ")}: ${name}`);
}

/** A line a job, fitted to the terminal, or to 80 columns where there is none. */
function table(jobs: readonly JobStatus[]): string[] {
  const columns = process.stdout.columns ?? 80;
  const idWidth = Math.min(28, Math.max(3, ...jobs.map(({ jobId }) => jobId.length)));
  const line = (id: string, state: string, runs: string, rest: string) =>
    `${cut(id, idWidth).padEnd(idWidth)}  ${state}  ${runs.padStart(6)}  ${rest}`.trimEnd();
  const room = columns - idWidth - 22;
  return [
    dim(line("JOB", "STATE".padEnd(9), "RUNS", "")),
    ...jobs.map((job) =>
      line(job.jobId, stateText(job.state, 9), String(job.executionCount), cut(jobDetail(job), room)),
    ),
  ];
}
