import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type {
  WatchStatusRequestSchema,
  WatchStatusResponse,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { WatchStatusResponse_Kind as Kind } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { CliError, exitCode } from "../exit-code.ts";

/**
 * A watch that ends its call when the loop over it ends, and that notices when the stream was cut. It may take
 * `timeoutMs`, or with 0 as long as it takes.
 */
export async function* follow(
  client: JobControlClient,
  request: MessageInitShape<typeof WatchStatusRequestSchema>,
  timeoutMs: number,
): AsyncGenerator<WatchStatusResponse, void> {
  const call = new AbortController();
  try {
    for await (const message of client.jobs.watchStatus(request, { signal: call.signal, timeoutMs })) {
      yield message;
      if (message.kind === Kind.CLOSING) return;
    }
  } finally {
    call.abort();
  }
  throw new CliError(exitCode.unavailable, "The watch was cut off");
}

/** Of mere progress, a person wants no more than a line a second; a program gets all of it. */
export function readingPace({ json }: { readonly json?: boolean }) {
  return json ? {} : { minInterval: durationFromMs(1000) };
}
