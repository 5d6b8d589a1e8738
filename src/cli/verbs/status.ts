import {
  type GetCommandRequest,
  GetCommandResponseSchema,
  GetStatusRequest_Consistency,
  GetStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type ConnectionOptions, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeCommand } from "../output/describe-command.ts";
import { describeJob } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";

export interface StatusOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly input?: boolean;
  readonly result?: boolean;
  readonly snapshot?: boolean;
  /** A command's id, in place of a job. */
  readonly command?: string;
  /** The request id of a command, in place of a job. */
  readonly requestId?: string;
}

export async function status(jobId: string | undefined, options: StatusOptions): Promise<void> {
  const { command, requestId } = options;
  const [subject, ...more] = [jobId, command, requestId].filter((name) => name !== undefined);
  if (subject === undefined || more.length > 0)
    throw new CliError(exitCode.usage, "Name one thing: a job, --command ID or --request-id ID");
  if (jobId !== undefined) await showJob(jobId, options);
  else if (command !== undefined) await showCommand({ case: "commandId", value: command }, options);
  else await showCommand({ case: "requestId", value: subject }, options);
}

async function showCommand(command: GetCommandRequest["command"], options: StatusOptions): Promise<void> {
  await withClient(options, async (client) => {
    const response = await client.jobs.getCommand({ command });
    if (options.json) printJson(GetCommandResponseSchema, response);
    else if (response.receipt !== undefined) print(describeCommand(response.receipt));
  });
}

async function showJob(jobId: string, options: StatusOptions): Promise<void> {
  const { json = false, input = false, result = false, snapshot = false } = options;
  await withClient(options, async (client) => {
    const response = await client.jobs.getStatus({
      jobId,
      includeInput: input,
      includeResult: result,
      consistency: snapshot
        ? GetStatusRequest_Consistency.SNAPSHOT
        : GetStatusRequest_Consistency.LINEARIZABLE,
    });
    if (json) return printJson(GetStatusResponseSchema, response);
    const job = response.status;
    if (job === undefined) return;
    print(describeJob(job));
    const isOver = job.currentRun?.endTime !== undefined;
    if (result && job.result === undefined) print(dim(isOver ? "  no result" : "  no result yet"));
  });
}
