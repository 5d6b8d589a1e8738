import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type StartRequestSchema,
  StartResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type ConnectionOptions, withPatience } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { describeEnd, describeReceipt, stateName } from "../output/describe-job.ts";
import { print, printJson, tell } from "../output/print.ts";
import { createWatchView } from "../output/watch-view.ts";
import type { Server } from "../server/server.ts";
import { backoff, Interruptions } from "./follow.ts";
import { sending } from "./send-again.ts";

interface Starting {
  readonly server: Server;
  readonly request: MessageInitShape<typeof StartRequestSchema>;
}

/** Starts, and tells how the run goes until its end, also where connection and server do not last so long. */
export async function startAndWait(
  client: JobControlClient,
  { server, request }: Starting,
  options: ConnectionOptions & { readonly json?: boolean },
): Promise<void> {
  const { json = false } = options;
  const view = createWatchView(options);
  const interruptions = new Interruptions(server, view, { hasBegun: true });
  let startedId = "";
  const onExit = (code: number) => {
    if (code === exitCode.interrupted && startedId !== "") tellThatItGoesOn(startedId);
  };
  process.on("exit", onExit);
  const response = await withPatience(options, (signal) =>
    client.start(request, {
      ...sending(server, options),
      signal,
      wait: true,
      backoff,
      minIntervalMs: view.minIntervalMs,
      onStarted: ({ receipt, status }) => {
        startedId = status?.jobId ?? "";
        if (!json) print(describeReceipt(receipt));
      },
      onInterrupted: interruptions.lost,
      onChange: (message) => {
        interruptions.heard();
        if (!json) view.show(message);
      },
    }),
  ).finally(() => process.off("exit", onExit));
  view.end();
  const { status } = response;
  if (status === undefined) return;
  if (json) printJson(StartResponseSchema, response);
  else print(describeEnd(status));
  const state = status.currentRun?.state ?? status.state;
  if (state !== JobState.SUCCEEDED)
    throw new CliError(exitCode.jobFailed, `The run of ${status.jobId} did not succeed: ${stateName(state)}`);
}

/** Who ends the wait by Ctrl-C may think that this has ended the run. */
function tellThatItGoesOn(jobId: string): void {
  tell(`${jobId} goes on: jobctl stop ${jobId} ends it`);
}
