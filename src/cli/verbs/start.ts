import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  GetStatusRequest_Consistency,
  StartRequest_ConflictPolicy,
  type StartResponse,
  StartResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { ScheduleSchema } from "../../../gen/jobcontrol/v1/schedule_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { jsonObject, labelsOf, milliseconds, patienceMs, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { changeLine } from "../output/change-line.ts";
import { describeEnd, describeJob, describeReceipt, stateName } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { type ChangeOptions, changeFields } from "./change-options.ts";
import { follow, readingPace } from "./follow.ts";

export interface StartOptions extends ChangeOptions {
  readonly type?: string;
  readonly input?: string;
  readonly label?: readonly string[];
  readonly onConflict?: "use-existing" | "fail" | "replace";
  readonly every?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly wait?: boolean;
}

export async function start(jobId = "", options: StartOptions): Promise<void> {
  const { type = "", input, label, onConflict, wait, json = false } = options;
  const schedule = scheduleOf(options);
  await withClient(options, async (client) => {
    const response = await client.jobs.start({
      jobId,
      jobType: type,
      labels: labelsOf(label),
      conflictPolicy:
        onConflict === undefined ? StartRequest_ConflictPolicy.UNSPECIFIED : policies[onConflict],
      ...changeFields(options),
      ...(input !== undefined && { input: jsonObject("--input", input) as JsonObject }),
      ...(schedule !== undefined && { schedule }),
    });
    if (!wait || response.status === undefined || options.dryRun) return show(response, options);
    if (!json) print(describeReceipt(response.receipt));
    const ended = await endOf(client, response.status, options);
    const state = ended.currentRun?.state ?? ended.state;
    const status = state === JobState.SUCCEEDED ? await withResult(client, ended) : ended;
    if (json) printJson(StartResponseSchema, { ...response, status });
    else print(describeEnd(status));
    if (state !== JobState.SUCCEEDED)
      throw new CliError(
        exitCode.jobFailed,
        `The run of ${ended.jobId} did not succeed: ${stateName(state)}`,
      );
  });
}

function scheduleOf({
  every,
  cron,
  timeZone = "",
}: StartOptions): MessageInitShape<typeof ScheduleSchema> | undefined {
  if (every !== undefined && cron !== undefined)
    throw new CliError(exitCode.usage, "Either --every or --cron, not both");
  if (cron === undefined && timeZone !== "")
    throw new CliError(exitCode.usage, "--time-zone goes with --cron");
  if (cron !== undefined) return { when: { case: "cron", value: cron }, timeZone };
  if (every === undefined) return undefined;
  return { when: { case: "interval", value: durationFromMs(milliseconds("--every", every)) } };
}

const policies = {
  "use-existing": StartRequest_ConflictPolicy.USE_EXISTING,
  fail: StartRequest_ConflictPolicy.FAIL,
  replace: StartRequest_ConflictPolicy.REPLACE,
};

function show(response: StartResponse, { json = false, dryRun = false }: StartOptions): void {
  if (json) {
    printJson(StartResponseSchema, response);
    return;
  }
  const { status, started, receipt } = response;
  if (dryRun) print(dim(`dry run, nothing changed: it would ${started ? "be started" : "stay as it is"}`));
  if (status !== undefined) print(describeJob(status));
  if (!dryRun) print(describeReceipt(receipt));
}

/** Waits for the end of the run that a Start began, telling how it goes. A run that is replaced has to end first. */
async function endOf(
  client: JobControlClient,
  started: JobStatus,
  options: StartOptions,
): Promise<JobStatus> {
  const isAhead = started.state === JobState.STOPPING || started.state === JobState.PENDING;
  const execution = started.executionCount + (isAhead ? 1n : 0n);
  const request = { jobIds: [started.jobId], ...readingPace(options) };
  for await (const message of follow(client, request, patienceMs(options))) {
    const { status } = message;
    if (status === undefined || status.uid !== started.uid) continue;
    if (!options.json) print(changeLine(message));
    const isOver = status.executionCount === execution && status.currentRun?.endTime !== undefined;
    if (isOver || status.executionCount > execution || hasGivenUp(status)) return status;
  }
  throw new CliError(exitCode.unavailable, `Lost sight of ${started.jobId}`);
}

/** The status with what the run returned, unless another run has ended since. */
async function withResult(client: JobControlClient, ended: JobStatus): Promise<JobStatus> {
  const consistency = GetStatusRequest_Consistency.SNAPSHOT;
  const { status } = await client.jobs.getStatus({ jobId: ended.jobId, includeResult: true, consistency });
  const isTheSame = status?.uid === ended.uid && status.counters?.succeeded === ended.counters?.succeeded;
  return isTheSame && status.result !== undefined ? { ...ended, result: status.result } : ended;
}

/** Stopped before the run that was waited for could begin. */
function hasGivenUp({ state }: JobStatus): boolean {
  return state === JobState.STOPPED;
}
