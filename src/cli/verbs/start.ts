import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import {
  StartRequest_ConflictPolicy,
  type StartRequestSchema,
  type StartResponse,
  StartResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { jsonObject, labelsOf, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeJob, describeReceipt } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { type ChangeOptions, changeFields } from "./change-options.ts";
import { type ScheduleOptions, scheduleOf } from "./schedule-options.ts";
import { sending } from "./send-again.ts";
import { startAndWait } from "./start-and-wait.ts";

export interface StartOptions extends ChangeOptions, ScheduleOptions {
  readonly type?: string;
  readonly input?: string;
  readonly label?: readonly string[];
  readonly onConflict?: "use-existing" | "fail" | "replace";
  readonly wait?: boolean;
}

export async function start(jobId = "", options: StartOptions): Promise<void> {
  if (jobId === "" && options.type === undefined)
    throw new CliError(exitCode.usage, "Name a job, or a --type (jobctl list shows the jobs that there are)");
  const request = requestOf(jobId, options);
  await withClient(options, async (client, server) => {
    if (options.wait && !options.dryRun) await startAndWait(client, { server, request }, options);
    else show(await client.start(request, sending(server, options)), options);
  });
}

function requestOf(jobId: string, options: StartOptions): MessageInitShape<typeof StartRequestSchema> {
  const { type = "", input, label, onConflict } = options;
  const schedule = scheduleOf(options);
  return {
    jobId,
    jobType: type,
    labels: labelsOf(label),
    conflictPolicy: onConflict === undefined ? StartRequest_ConflictPolicy.UNSPECIFIED : policies[onConflict],
    ...changeFields(options),
    ...(input !== undefined && { input: jsonObject("--input", input) as JsonObject }),
    ...(schedule !== undefined && { schedule }),
  };
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
