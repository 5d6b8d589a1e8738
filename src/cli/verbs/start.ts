import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  StartRequest_ConflictPolicy,
  type StartRequestSchema,
  type StartResponse,
  StartResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { ScheduleSchema } from "../../../gen/jobcontrol/v1/schedule_pb.ts";
import { jsonObject, labelsOf, milliseconds, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeJob, describeReceipt } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { type ChangeOptions, changeFields } from "./change-options.ts";
import { sending } from "./send-again.ts";
import { startAndWait } from "./start-and-wait.ts";

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
