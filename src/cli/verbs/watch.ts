import {
  WatchStatusResponse_CloseReason as CloseReason,
  WatchStatusRequest_Delivery as Delivery,
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequest_Until as Until,
  WatchStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { type ConnectionOptions, labelsOf, patienceMs, withClient } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { changeLine, closeReasonName } from "../output/change-line.ts";
import { print, printJson } from "../output/print.ts";
import { follow, readingPace } from "./follow.ts";

export interface WatchOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly label?: readonly string[];
  readonly until?: "settled" | "run-done" | "snapshot";
  readonly everyTransition?: boolean;
  readonly maxChanges?: number;
  readonly resume?: string;
}

/** Prints a watch as it comes. With `--until` it ends by itself, and with 5 where a watched job has failed. */
export async function watch(jobIds: readonly string[], options: WatchOptions): Promise<void> {
  const { json = false, label, until, everyTransition = false, maxChanges = 0, resume = "" } = options;
  const states = new Map<string, JobState>();
  await withClient(options, async (client) => {
    const request = {
      jobIds: [...jobIds],
      labelSelector: labelsOf(label),
      until: until === undefined ? Until.UNSPECIFIED : ends[until],
      delivery: everyTransition ? Delivery.EVERY_TRANSITION : Delivery.UNSPECIFIED,
      maxChanges,
      resumeToken: resume,
      ...readingPace(options),
    };
    for await (const message of follow(client, request, patienceMs(options))) {
      if (json) printJson(WatchStatusResponseSchema, message, { line: true });
      else print(changeLine(message));
      const { status, kind, closeReason } = message;
      if (status !== undefined) {
        const run = until === "run-done" ? status.currentRun : undefined;
        states.set(status.jobId, run?.state ?? status.state);
      }
      if (kind === Kind.CLOSING) refuseBadEnd(closeReason);
    }
  });
  const failed = [...states].filter(([, state]) => state === JobState.FAILED || state === JobState.LOST);
  if (until === undefined || until === "snapshot" || failed.length === 0) return;
  throw new CliError(exitCode.jobFailed, `Failed: ${failed.map(([jobId]) => jobId).join(", ")}`);
}

const ends = {
  settled: Until.ALL_SETTLED,
  "run-done": Until.CURRENT_RUN_DONE,
  snapshot: Until.SNAPSHOT_END,
};

/** The server ended the watch, and not because what was asked for had come. */
function refuseBadEnd(reason: CloseReason): void {
  if (reason === CloseReason.UNTIL_MET || reason === CloseReason.MAX_CHANGES) return;
  throw new CliError(exitCode.unavailable, `The server has ended the watch: ${closeReasonName(reason)}`);
}
