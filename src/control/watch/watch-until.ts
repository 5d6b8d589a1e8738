import { assertNever } from "../../job/assert-never.ts";
import { hasRun, isSettled } from "../../job/job-state.ts";
import { type JobStatus, runGoingOn } from "../../job/job-status.ts";
import type { StatusHub } from "./status-hub.ts";
import type { ChangeMessage, WatchRequest } from "./watch.ts";
import type { WatchCursor } from "./watch-cursor.ts";

/**
 * What the `until` of a watch waits for. It looks at the hub; so ask once everything there has been told. Make it when
 * the cursor is where the watch begins.
 */
export class WatchUntil {
  readonly #request: WatchRequest;
  readonly #hub: StatusHub;
  readonly #cursor: WatchCursor;
  /** The run that was going on where the watch began, for `current-run-done`. */
  readonly #runId: string | undefined;
  /** Of the jobs that are named, those that the watch has seen: where one is not there any more, it has ended. */
  readonly #seen: Set<string>;
  /** One of all jobs that was not settled when it was last looked. */
  #unsettled: string | undefined;

  constructor(request: WatchRequest, hub: StatusHub, cursor: WatchCursor) {
    this.#request = request;
    this.#hub = hub;
    this.#cursor = cursor;
    this.#seen = new Set(request.jobIds.filter((jobId) => hub.status(jobId) !== undefined));
    this.#runId = request.until === "current-run-done" ? this.#runAtBeginning() : undefined;
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

  /** To be called with every change that is told. */
  told({ status }: ChangeMessage): void {
    if (this.#request.jobIds.length > 0) this.#seen.add(status.jobId);
  }

  /** A job that is named counts whatever its labels, and is waited for where it does not exist yet. */
  #allSettled(): boolean {
    const { jobIds } = this.#request;
    if (jobIds.length > 0) return jobIds.every((jobId) => this.#isSettled(jobId));
    // Nearly always the one that was not settled the last time is not settled yet.
    if (this.#unsettled !== undefined && this.#isOpen(this.#hub.status(this.#unsettled))) return false;
    this.#unsettled = undefined;
    for (const status of this.#hub.statusesAfter()) {
      if (!this.#isOpen(status)) continue;
      this.#unsettled = status.jobId;
      return false;
    }
    return true;
  }

  #isSettled(jobId: string): boolean {
    const status = this.#hub.status(jobId);
    return status === undefined ? this.#seen.has(jobId) : isSettled(status.state);
  }

  #isOpen(status: JobStatus | undefined): boolean {
    return status !== undefined && !isSettled(status.state) && this.#cursor.selects(status.labels);
  }

  #currentRunId(): string | undefined {
    const status = this.#hub.status(this.#request.jobIds[0] ?? "");
    return status && runGoingOn(status)?.runId;
  }

  /** A resumed watch begins at its token: the first change that it missed tells which run went on then. */
  #runAtBeginning(): string | undefined {
    const change = this.#cursor.firstMissed();
    if (change === undefined) return this.#currentRunId();
    const { previousRunId, previousState, status } = change;
    if (previousRunId !== undefined) return previousRunId;
    return previousState !== undefined && hasRun(previousState) ? status.currentRun?.runId : undefined;
  }
}
