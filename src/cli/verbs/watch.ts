import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  WatchStatusResponse_CloseReason as CloseReason,
  WatchStatusRequest_Delivery as Delivery,
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequest_Until as Until,
  type WatchStatusResponse,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { type ConnectionOptions, labelsOf, withClient, withPatience } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { closeReasonName } from "../output/change-line.ts";
import { createWatchView, type WatchView } from "../output/watch-view.ts";
import { backoff, followOnce, Interruptions } from "./follow.ts";

export interface WatchOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly label?: readonly string[];
  readonly until?: "settled" | "run-done" | "snapshot";
  readonly everyTransition?: boolean;
  readonly maxChanges?: number;
  readonly resume?: string;
  /** False: the watch ends with its stream. */
  readonly reconnect?: boolean;
}

/** Prints a watch as it comes. With `--until` it ends by itself, and with 5 where a watched job has failed. */
export async function watch(jobIds: readonly string[], options: WatchOptions): Promise<void> {
  const view = createWatchView(options);
  const ended = new EndStates(options.until);
  const request = requestOf(jobIds, options, view);
  await withClient(options, (client, server) =>
    withPatience(options, async (signal) => {
      const interruptions = new Interruptions(server, view);
      const messages =
        options.reconnect === false
          ? followOnce(client, request, { signal })
          : client.watchStatus(request, { signal, backoff, onInterrupted: interruptions.lost });
      for await (const message of messages) {
        interruptions.heard();
        view.show(message);
        ended.see(message);
        if (message.kind === Kind.CLOSING) refuseBadEnd(message.closeReason);
      }
      view.end();
    }),
  );
  ended.refuseFailed();
}

function requestOf(
  jobIds: readonly string[],
  { label, until, everyTransition, maxChanges = 0, resume = "" }: WatchOptions,
  { minIntervalMs }: WatchView,
) {
  return {
    jobIds: [...jobIds],
    labelSelector: labelsOf(label),
    until: until === undefined ? Until.UNSPECIFIED : ends[until],
    delivery: everyTransition ? Delivery.EVERY_TRANSITION : Delivery.UNSPECIFIED,
    maxChanges,
    resumeToken: resume,
    ...(minIntervalMs > 0 && { minInterval: durationFromMs(minIntervalMs) }),
  };
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

/** How the watched jobs, or the run that was waited for, were last seen: that is how a watch with `--until` ends. */
class EndStates {
  readonly #until: WatchOptions["until"];
  readonly #states = new Map<string, JobState>();

  constructor(until: WatchOptions["until"]) {
    this.#until = until;
  }

  see({ kind, status }: WatchStatusResponse): void {
    if (kind === Kind.RESET) this.#states.clear();
    if (status === undefined) return;
    const run = this.#until === "run-done" ? status.currentRun : undefined;
    this.#states.set(status.jobId, run?.state ?? status.state);
  }

  refuseFailed(): void {
    if (this.#until === undefined || this.#until === "snapshot") return;
    const failed = [...this.#states].filter(
      ([, state]) => state === JobState.FAILED || state === JobState.LOST,
    );
    if (failed.length === 0) return;
    throw new CliError(exitCode.jobFailed, `Failed: ${failed.map(([jobId]) => jobId).join(", ")}`);
  }
}
