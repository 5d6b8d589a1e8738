import {
  PauseResponseSchema,
  ResumeResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { withClient } from "../connection.ts";
import { type ChangeOptions, changeFields, showChange } from "./change-options.ts";

export async function pause(jobId: string, options: ChangeOptions): Promise<void> {
  await withClient(options, async (client) => {
    const response = await client.jobs.pause({ jobId, ...changeFields(options) });
    showChange(PauseResponseSchema, response, options);
  });
}

export async function resume(jobId: string, options: ChangeOptions): Promise<void> {
  await withClient(options, async (client) => {
    const response = await client.jobs.resume({ jobId, ...changeFields(options) });
    showChange(ResumeResponseSchema, response, options);
  });
}
