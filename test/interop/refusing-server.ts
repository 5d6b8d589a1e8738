import type { GetStatusRequest, StatusReply } from "../../src/control/job-control.ts";
import { type ErrorCode, JobControlError, type Refusal } from "../../src/job/errors.ts";
import { statusOf } from "../../src/rpc/errors.ts";
import { FakeControl } from "../rpc/sample.ts";

/** Every code of the table. */
export const errorCodes = Object.keys(statusOf) as ErrorCode[];

/** A core that refuses to read a job with the error that the job is named like, and with every detail there is. */
export class RefusingControl extends FakeControl {
  override async getStatus({ jobId }: GetStatusRequest): Promise<StatusReply> {
    const code = errorCodes.find((candidate) => candidate === jobId);
    if (code === undefined) throw new RangeError(`No such error: ${jobId}`);
    throw new JobControlError(refusalOf(code));
  }
}

function refusalOf(code: ErrorCode): Refusal {
  const violations = [{ field: "labels.team", description: "is wrong" }];
  return {
    code,
    message: `Refused – 100 %: ${code}`,
    metadata: { jobId: code },
    violations,
    retryAfterMs: 1500,
  };
}
