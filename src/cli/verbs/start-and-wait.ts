import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  GetStatusRequest_Consistency,
  type StartRequestSchema,
  StartResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import type { RepeatOptions } from "../../client/repeat.ts";
import { type ConnectionOptions, withPatience } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeEnd, describeReceipt, stateName } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { createWatchView } from "../output/watch-view.ts";
import type { ServerAddress } from "../server-address.ts";
import { Interruptions } from "./follow.ts";

interface Starting {
  readonly server: ServerAddress;
  readonly request: MessageInitShape<typeof StartRequestSchema>;
  readonly sending: RepeatOptions;
}

/** Starts, and tells how the run goes until its end, also where connection and server do not last so long. */
export async function startAndWait(
  client: JobControlClient,
  { server, request, sending }: Starting,
  options: ConnectionOptions & { readonly json?: boolean },
): Promise<void> {
  const { json = false } = options;
  const view = createWatchView(options);
  const interruptions = new Interruptions(server, view, { hasBegun: true });
  const response = await withPatience(options, (signal) =>
    client.start(request, {
      ...sending,
      signal,
      wait: true,
      minIntervalMs: view.minIntervalMs,
      onStarted: ({ receipt }) => {
        if (!json) print(describeReceipt(receipt));
      },
      onInterrupted: interruptions.lost,
      onChange: (message) => {
        interruptions.heard();
        if (!json) view.show(message);
      },
    }),
  );
  view.end();
  const { status: ended } = response;
  if (ended === undefined) return;
  const state = ended.currentRun?.state ?? ended.state;
  const status = state === JobState.SUCCEEDED ? await withResult(client, ended) : ended;
  if (json) printJson(StartResponseSchema, { ...response, status });
  else print(describeEnd(status));
  if (state !== JobState.SUCCEEDED)
    throw new CliError(exitCode.jobFailed, `The run of ${ended.jobId} did not succeed: ${stateName(state)}`);
}

/** The status with what the run returned, unless another run has ended since. */
async function withResult(client: JobControlClient, ended: JobStatus): Promise<JobStatus> {
  const consistency = GetStatusRequest_Consistency.SNAPSHOT;
  const { status } = await client.jobs.getStatus({ jobId: ended.jobId, includeResult: true, consistency });
  const isTheSame = status?.uid === ended.uid && status.counters?.succeeded === ended.counters?.succeeded;
  return isTheSame && status.result !== undefined ? { ...ended, result: status.result } : ended;
}
