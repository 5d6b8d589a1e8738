import { assertNever } from "../job/assert-never.ts";
import { isSettled } from "../job/job-state.ts";
import type { StatusHub } from "./status-hub.ts";
import type { WatchRequest } from "./watch.ts";
import type { WatchCursor } from "./watch-cursor.ts";

/** What the `until` of a watch waits for. It looks at the hub; so ask once everything there has been told. */
export class WatchUntil {
  readonly #request: WatchRequest;
  readonly #hub: StatusHub;
  readonly #cursor: WatchCursor;
  /** The run that was going on when the watch began, for `current-run-done`. */
  readonly #runId: string | undefined;

  constructor(request: WatchRequest, hub: StatusHub, cursor: WatchCursor) {
    this.#request = request;
    this.#hub = hub;
    this.#cursor = cursor;
    this.#runId = request.until === "current-run-done" ? this.#currentRunId() : undefined;
  }

  get isMet(): boolean {
    const { until } = this.#request;
    switch (until) {
      case "all-settled":
        return this.#allSettled();
      case "current-run-done":
        return this.#runId === undefined || this.#currentRunId() !== this.#runId;
      case "snapshot-end":
        return true;
      case "cancelled":
        return false;
      default:
        return assertNever(until);
    }
  }

  /** A job that is named counts whatever its labels, and is waited for where it does not exist yet. */
  #allSettled(): boolean {
    const { jobIds } = this.#request;
    if (jobIds.length > 0)
      return jobIds.every((jobId) => isSettled(this.#hub.status(jobId)?.state ?? "pending"));
    return this.#hub.ids().every((jobId) => {
      const status = this.#hub.status(jobId);
      return status === undefined || isSettled(status.state) || !this.#cursor.selects(status.labels);
    });
  }

  #currentRunId(): string | undefined {
    const run = this.#hub.status(this.#request.jobIds[0] ?? "")?.currentRun;
    return run !== undefined && run.endTimeMs === undefined ? run.runId : undefined;
  }
}
