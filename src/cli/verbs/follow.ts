import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  WatchStatusRequestSchema,
  WatchStatusResponse,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { WatchStatusResponse_Kind as Kind } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { CliError, exitCode } from "../exit-code.ts";

/** A watch that ends its call when the loop over it ends, and that notices when the stream was cut. */
export async function* follow(
  client: JobControlClient,
  request: MessageInitShape<typeof WatchStatusRequestSchema>,
): AsyncGenerator<WatchStatusResponse, void> {
  const call = new AbortController();
  try {
    for await (const message of client.jobs.watchStatus(request, { signal: call.signal, timeoutMs: 0 })) {
      yield message;
      if (message.kind === Kind.CLOSING) return;
    }
  } finally {
    call.abort();
  }
  throw new CliError(exitCode.unavailable, "The watch was cut off");
}
