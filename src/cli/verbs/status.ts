import {
  GetStatusRequest_Consistency,
  GetStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type ConnectionOptions, withClient } from "../connection.ts";
import { describeJob } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";

export interface StatusOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly input?: boolean;
  readonly result?: boolean;
  readonly snapshot?: boolean;
}

export async function status(jobId: string, options: StatusOptions): Promise<void> {
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
    if (result && job.result === undefined) print(dim("  no result yet"));
  });
}
