import { TriggerResponseSchema } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { withClient } from "../connection.ts";
import { type ChangeOptions, changeFields, showChange } from "./change-options.ts";

export async function trigger(jobId: string, options: ChangeOptions): Promise<void> {
  await withClient(options, async (client) => {
    const response = await client.jobs.trigger({ jobId, ...changeFields(options) });
    showChange(TriggerResponseSchema, response, options);
  });
}
