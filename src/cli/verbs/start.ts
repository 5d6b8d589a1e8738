import type { JsonObject } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  StartRequest_ConflictPolicy,
  type StartResponse,
  StartResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { jsonObject, labelsOf, milliseconds, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { changeLine } from "../output/change-line.ts";
import { describeJob, describeReceipt, stateName } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { type ChangeOptions, changeFields } from "./change-options.ts";
import { follow } from "./follow.ts";

export interface StartOptions extends ChangeOptions {
  readonly type?: string;
  readonly input?: string;
  readonly label: readonly string[];
  readonly onConflict?: "use-existing" | "fail" | "replace";
  readonly every?: string;
  readonly wait?: boolean;
}

export async function start(jobId = "", options: StartOptions): Promise<void> {
  const { type = "", input, label, onConflict, every, wait, json = false } = options;
  await withClient(options, async (client) => {
    const response = await client.jobs.start({
      jobId,
      jobType: type,
      labels: labelsOf(label),
      conflictPolicy:
        onConflict === undefined ? StartRequest_ConflictPolicy.UNSPECIFIED : policies[onConflict],
      ...changeFields(options),
      ...(input !== undefined && { input: jsonObject("--input", input) as JsonObject }),
      ...(every !== undefined && {
        schedule: { when: { case: "interval", value: durationFromMs(milliseconds("--every", every)) } },
      }),
    });
    if (!wait || response.status === undefined || options.dryRun) return show(response, options);
    if (!json) print(describeReceipt(response.receipt));
    const ended = await runOf(client, response.status, json);
    if (json) printJson(StartResponseSchema, { ...response, status: ended });
    else print(describeJob(ended));
    const state = ended.currentRun?.state ?? ended.state;
    if (state !== JobState.SUCCEEDED)
      throw new CliError(exitCode.jobFailed, `The run of ${ended.jobId} has ${stateName(state)}`);
  });
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
  if (status !== undefined) print(describeJob(status));
  if (dryRun) print(dim(started ? "it would be started" : "it would stay as it is"));
  else print(describeReceipt(receipt));
}

/** Waits for the end of the run that a Start began, telling how it goes. A replaced run has to end first. */
async function runOf(client: JobControlClient, started: JobStatus, silent: boolean): Promise<JobStatus> {
  const execution = started.executionCount + (started.state === JobState.STOPPING ? 1n : 0n);
  for await (const message of follow(client, { jobIds: [started.jobId] })) {
    const { status } = message;
    if (status === undefined || status.uid !== started.uid) continue;
    if (!silent) print(changeLine(message));
    const isOver = status.executionCount === execution && status.currentRun?.endTime !== undefined;
    if (isOver || status.executionCount > execution || hasGivenUp(status)) return status;
  }
  throw new CliError(exitCode.unavailable, `Lost sight of ${started.jobId}`);
}

/** Stopped before the run that was waited for could begin. */
function hasGivenUp({ state }: JobStatus): boolean {
  return state === JobState.STOPPED;
}
