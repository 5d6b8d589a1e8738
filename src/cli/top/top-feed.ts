import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { WatchStatusResponse_Kind as Kind } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { sleep } from "../../async/abort.ts";
import { systemClock } from "../../async/clock.ts";
import type { JobControlClient } from "../../client/client.ts";
import { backoff, type Interruptions } from "../verbs/follow.ts";
import { TopModel } from "./top-model.ts";

export interface TopFeedOptions {
  readonly interruptions: Interruptions;
  /** Told of each piece of news. */
  readonly onNews: () => void;
}

/** Keeps what `top` shows as new as the service is: a watch of all jobs, and one of the channel's figures. */
export class TopFeed {
  readonly model = new TopModel();
  readonly #client: JobControlClient;
  readonly #options: TopFeedOptions;
  #hasJobs = false;
  #hasAskedForStats = false;

  constructor(client: JobControlClient, options: TopFeedOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Whether all jobs are known as they are now, and the figures, if they can be. */
  get isWhole(): boolean {
    return this.#hasJobs && this.#hasAskedForStats;
  }

  /**
   * Follows the service, also where the connection is cut. `onBegun` is called with the first message: who asks in vain is told
   * by what this throws. Ends by the signal alone, and throws its reason.
   */
  async follow(signal: AbortSignal, onBegun = () => {}): Promise<void> {
    const { interruptions, onNews } = this.#options;
    const ended = new AbortController();
    let stats: Promise<void> | undefined;
    try {
      const request = { minInterval: durationFromMs(250) };
      for await (const message of this.#client.watchStatus(request, {
        signal,
        backoff,
        onInterrupted: (interruption) => {
          this.#hasJobs = false;
          interruptions.lost(interruption);
        },
      })) {
        interruptions.heard();
        this.model.hear(message);
        if (message.kind === Kind.RESET) this.#hasJobs = false;
        if (message.kind === Kind.SNAPSHOT_END) this.#hasJobs = true;
        if (stats === undefined) {
          onBegun();
          stats = this.#followStats(AbortSignal.any([signal, ended.signal]));
        }
        onNews();
      }
    } finally {
      ended.abort();
      await stats;
    }
  }

  /** The figures are not there while the service is not; the watch of the jobs tells of that. */
  async #followStats(signal: AbortSignal): Promise<void> {
    const { model } = this;
    const { onNews } = this.#options;
    while (!signal.aborted) {
      try {
        const request = { interval: durationFromMs(1000) };
        const call = { signal, timeoutMs: 0 };
        for await (const { stats } of this.#client.admin.watchChannelStats(request, call)) {
          model.stats = stats;
          this.#hasAskedForStats = true;
          onNews();
        }
      } catch {
        // What is wrong with them is no reason not to show the jobs.
      }
      model.stats = undefined;
      this.#hasAskedForStats = true;
      if (!signal.aborted) onNews();
      await sleep(systemClock, 1000, { signal }).catch(() => {});
    }
  }
}
