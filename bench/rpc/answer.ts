import type { MessageInitShape } from "@bufbuild/protobuf";
import type { GetStatusResponseSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";

/** The status of a job that was never started, as the service answers it. */
export const answer: MessageInitShape<typeof GetStatusResponseSchema> = {
  status: {
    jobId: "report",
    jobType: "report",
    state: 7,
    desiredState: 3,
    message: "Never started",
    reason: "NEVER_STARTED",
    revision: 1n,
    etag: "0a1b2c3d-0",
    uid: "0a1b2c3d-0000-4000-8000-000000000000",
    createTime: { seconds: 1_795_000_000n, nanos: 123_000_000 },
    updateTime: { seconds: 1_795_000_000n, nanos: 123_000_000 },
    counters: {},
  },
  resumeToken: "0a1b2c3d:1",
};
