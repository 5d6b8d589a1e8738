import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { StopRequest_Scope, StopResponseSchema } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { milliseconds, patienceMs, withClient } from "../connection.ts";
import { type ChangeOptions, changeFields, showChange } from "./change-options.ts";

export interface StopOptions extends ChangeOptions {
  readonly grace?: string;
  readonly force?: boolean;
  readonly currentRun?: boolean;
  readonly wait?: boolean;
}

export async function stop(jobId: string, options: StopOptions): Promise<void> {
  const { grace, force = false, currentRun = false, wait = false } = options;
  await withClient(options, async (client) => {
    const request = {
      jobId,
      force,
      wait,
      scope: currentRun ? StopRequest_Scope.CURRENT_RUN : StopRequest_Scope.JOB,
      ...changeFields(options),
      ...(grace !== undefined && { gracePeriod: durationFromMs(milliseconds("--grace", grace)) }),
    };
    // A Stop that is waited for takes as long as the run takes to end; its grace bounds that.
    const response = await client.jobs.stop(request, wait ? { timeoutMs: patienceMs(options) } : {});
    showChange(StopResponseSchema, response, options);
  });
}
