import { TriggerResponseSchema } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { withClient } from "../connection.ts";
import { type ChangeOptions, changeFields, showChange } from "./change-options.ts";
import { sending } from "./send-again.ts";

export async function trigger(jobId: string, options: ChangeOptions): Promise<void> {
  await withClient(options, async (client, server) => {
    const response = await client.trigger({ jobId, ...changeFields(options) }, sending(server, options));
    showChange(TriggerResponseSchema, response, options);
  });
}
