import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { StopRequest_Scope, StopResponseSchema } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { milliseconds, withClient, withPatience } from "../connection.ts";
import { tell } from "../output/print.ts";
import { type ChangeOptions, changeFields, showChange } from "./change-options.ts";
import { backoff, Interruptions } from "./follow.ts";
import { sending } from "./send-again.ts";

export interface StopOptions extends ChangeOptions {
  readonly grace?: string;
  readonly force?: boolean;
  readonly currentRun?: boolean;
  readonly wait?: boolean;
}

/** Stops a job. With `--wait` it ends when the run has ended, also where connection and server do not last so long. */
export async function stop(jobId: string, options: StopOptions): Promise<void> {
  const { grace, force = false, currentRun = false, wait = false } = options;
  await withClient(options, async (client, server) => {
    const request = {
      jobId,
      force,
      scope: currentRun ? StopRequest_Scope.CURRENT_RUN : StopRequest_Scope.JOB,
      ...changeFields(options),
      ...(grace !== undefined && { gracePeriod: durationFromMs(milliseconds("--grace", grace)) }),
    };
    const send = sending(server, options);
    const { lost: onInterrupted, heard: onChange } = new Interruptions(server, { tell }, { hasBegun: true });
    const response = wait
      ? await withPatience(options, (signal) =>
          client.stop(request, { ...send, signal, wait, backoff, onInterrupted, onChange }),
        )
      : await client.stop(request, send);
    showChange(StopResponseSchema, response, options);
  });
}
