import {
  PauseResponseSchema,
  ResumeResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { withClient } from "../connection.ts";
import { type ChangeOptions, changeFields, showChange } from "./change-options.ts";
import { sending } from "./send-again.ts";

export async function pause(jobId: string, options: ChangeOptions): Promise<void> {
  await withClient(options, async (client, server) => {
    const response = await client.pause({ jobId, ...changeFields(options) }, sending(server, options));
    showChange(PauseResponseSchema, response, options);
  });
}

export async function resume(jobId: string, options: ChangeOptions): Promise<void> {
  await withClient(options, async (client, server) => {
    const response = await client.resume({ jobId, ...changeFields(options) }, sending(server, options));
    showChange(ResumeResponseSchema, response, options);
  });
}
