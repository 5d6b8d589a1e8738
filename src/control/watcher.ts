import { onAbort } from "../async/abort.ts";
import type { Clock, Timer } from "../async/clock.ts";
import { WakeUp } from "../async/wake-up.ts";
import { assertNever } from "../job/assert-never.ts";
import { JobControlError } from "../job/errors.ts";
import { isSettled } from "../job/job-state.ts";
import type { JobStatus } from "../job/job-status.ts";
import { draining } from "./refusals.ts";
import { formatResumeToken, parseResumeToken } from "./resume-token.ts";
import type { StatusHub } from "./status-hub.ts";
import type { ClosingMessage, WatchMessage, WatchRequest } from "./watch.ts";
import { WatchCursor } from "./watch-cursor.ts";
import type { GaugedWatch, WatchGauge } from "./watch-gauge.ts";

export interface WatcherOptions {
  readonly hub: StatusHub;
  readonly clock: Clock;
  /** How long it may be silent, where the request does not say. */
  readonly bookmarkMs: number;
  /** Where it is counted. */
  readonly gauge: WatchGauge;
  /** Fires when the server drains. */
  readonly closing: AbortSignal;
  /** Fires when the caller has gone. */
  readonly signal: AbortSignal;
}

/**
 * One watch, from its first message to its last. It is pulled: as long as nobody asks for the next message it
 * does nothing and holds nothing but its place in the hub's ring.
 */
export async function* watchStatus(
  request: WatchRequest,
  options: WatcherOptions,
): AsyncGenerator<WatchMessage, void> {
  const watcher = new Watcher(request, options);
  try {
    yield* watcher.messages();
  } finally {
    watcher.dispose();
  }
}

class Watcher implements GaugedWatch {
  readonly #request: WatchRequest;
  readonly #options: WatcherOptions;
  readonly #hub: StatusHub;
  readonly #cursor: WatchCursor;
  readonly #wakeUp = new WakeUp();
  readonly #dispose: (() => void)[];
  /** The run that was going on when the watch began, for `until: current-run-done`. */
  readonly #runId: string | undefined;
  /** True while it waits, having seen all there is. */
  #idle = false;
  /** True while changes from before the watch are being told. */
  #owesSnapshotEnd = false;
  #spokeAtMs: number;
  #changes = 0;

  constructor(request: WatchRequest, options: WatcherOptions) {
    const { hub, clock, gauge, closing, signal } = options;
    const jobIds = [...new Set(request.jobIds)];
    this.#request = { ...request, jobIds };
    this.#options = options;
    this.#hub = hub;
    this.#cursor = new WatchCursor(this.#request, hub, clock);
    this.#spokeAtMs = clock.monotonic();
    this.#runId =
      request.until === "current-run-done" ? currentRunId(hub.status(jobIds[0] ?? "")) : undefined;
    const wake = () => this.#wakeUp.wake();
    this.#dispose = [
      gauge.add(this),
      hub.subscribe(jobIds, (revision) => this.#wakeFor(revision)),
      onAbort(closing, wake),
      onAbort(signal, wake),
    ];
  }

  /** What it has not looked at does not concern it while it waits for something that does. */
  get behind(): number {
    return this.#idle ? 0 : this.#hub.revision - this.#cursor.revision;
  }

  get coalesced(): number {
    return this.#cursor.coalesced;
  }

  async *messages(): AsyncGenerator<WatchMessage, void> {
    for (const message of this.#opening()) yield this.#spoken(message);
    while (!this.#options.signal.aborted) {
      const step = this.#cursor.next();
      switch (step.kind) {
        case "message":
          this.#changes++;
          yield this.#spoken(step.message);
          if (this.#changes === this.#request.maxChanges) return yield this.#closing("max-changes");
          break;
        case "overtaken":
          if (this.#request.delivery === "every-transition") return yield this.#closing("too-slow");
          for (const message of this.#reset()) yield this.#spoken(message);
          break;
        case "caught-up":
        case "held-back": {
          if (this.#owesSnapshotEnd) yield this.#spoken(this.#snapshotEnd());
          if (this.#isDone()) return yield this.#closing("until-met");
          if (this.#options.closing.aborted) {
            yield this.#closing("draining");
            throw new JobControlError(draining);
          }
          const bookmark = await this.#rest(step.kind === "held-back" ? step.forMs : undefined);
          if (bookmark !== undefined) yield this.#spoken(bookmark);
          break;
        }
        default:
          assertNever(step);
      }
    }
  }

  dispose(): void {
    for (const dispose of this.#dispose) dispose();
  }

  /** What comes before the changes. What was missed since a token is left to the cursor; its end is owed. */
  *#opening(): Generator<WatchMessage> {
    const { resumeToken, skipSnapshot } = this.#request;
    if (resumeToken !== "") {
      const point = parseResumeToken(resumeToken);
      const isKept = point?.epoch === this.#hub.epoch && this.#cursor.resumeAfter(point.revision);
      if (!isKept) yield* this.#reset();
      else if (this.#cursor.revision < this.#hub.revision) this.#owesSnapshotEnd = true;
      else yield this.#snapshotEnd();
    } else if (skipSnapshot) {
      yield this.#snapshotEnd();
    } else {
      yield* this.#snapshot();
    }
  }

  *#reset(): Generator<WatchMessage> {
    yield { kind: "reset", serverTimeMs: this.#now() };
    yield* this.#snapshot();
  }

  /** The jobs as they are at one revision, however long it takes to read them. */
  *#snapshot(): Generator<WatchMessage> {
    const { jobIds } = this.#request;
    const all = (jobIds.length > 0 ? jobIds : this.#hub.ids()).map((jobId) => ({
      jobId,
      status: this.#hub.status(jobId),
    }));
    this.#cursor.restartAt(this.#hub.revision);
    const resumeToken = this.#token();
    for (const { jobId, status } of all) {
      if (status !== undefined && !this.#cursor.selects(status.labels)) continue;
      yield { kind: "snapshot", jobId, status, serverTimeMs: this.#now() };
    }
    yield { kind: "snapshot-end", resumeToken, serverTimeMs: this.#now() };
  }

  #snapshotEnd(): WatchMessage {
    this.#owesSnapshotEnd = false;
    return { kind: "snapshot-end", resumeToken: this.#token(), serverTimeMs: this.#now() };
  }

  #closing(reason: ClosingMessage["reason"]): WatchMessage {
    // Spread out, so that the watchers of a server that goes away do not all come back at the same moment.
    const comesBack = reason === "draining" || reason === "too-slow";
    const reconnectAfterMs = comesBack ? 500 + Math.random() * 4500 : undefined;
    return {
      kind: "closing",
      reason,
      resumeToken: this.#token(),
      reconnectAfterMs,
      serverTimeMs: this.#now(),
    };
  }

  /** Whether what `until` asks for has come, as of what has been told. */
  #isDone(): boolean {
    const { until, jobIds } = this.#request;
    switch (until) {
      case "all-settled":
        return jobIds.length > 0
          ? jobIds.every((jobId) => isSettled(this.#hub.status(jobId)?.state ?? "pending"))
          : this.#hub.ids().every((jobId) => this.#isSettledOrUnselected(this.#hub.status(jobId)));
      case "current-run-done":
        return this.#runId === undefined || currentRunId(this.#hub.status(jobIds[0] ?? "")) !== this.#runId;
      case "snapshot-end":
        return true;
      case "cancelled":
        return false;
      default:
        return assertNever(until);
    }
  }

  #isSettledOrUnselected(status: JobStatus | undefined): boolean {
    return status === undefined || isSettled(status.state) || !this.#cursor.selects(status.labels);
  }

  /** Waits for a change, the end of what holds one back, or the time for a bookmark, which it returns. */
  async #rest(heldBackMs: number | undefined): Promise<WatchMessage | undefined> {
    const { clock, bookmarkMs } = this.#options;
    const silentMs = this.#spokeAtMs + (this.#request.bookmarkMs ?? bookmarkMs) - clock.monotonic();
    this.#idle = heldBackMs === undefined;
    const timer: Timer = clock.setTimer(Math.min(silentMs, heldBackMs ?? silentMs), () =>
      this.#wakeUp.wake(),
    );
    await this.#wakeUp.wait();
    timer.cancel();
    const isSilent = this.#spokeAtMs + (this.#request.bookmarkMs ?? bookmarkMs) <= clock.monotonic();
    if (!isSilent) return undefined;
    if (this.#idle) this.#cursor.skipTo(this.#hub.revision);
    this.#idle = false;
    return { kind: "bookmark", resumeToken: this.#token(), serverTimeMs: this.#now() };
  }

  /** An idle watcher has missed nothing that concerns it up to the change that wakes it. */
  #wakeFor(revision: number): void {
    if (this.#idle) this.#cursor.skipTo(revision - 1);
    this.#idle = false;
    this.#wakeUp.wake();
  }

  #spoken(message: WatchMessage): WatchMessage {
    this.#spokeAtMs = this.#options.clock.monotonic();
    return message;
  }

  #token(): string {
    return formatResumeToken(this.#hub.epoch, this.#cursor.revision);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function currentRunId(status: JobStatus | undefined): string | undefined {
  const run = status?.currentRun;
  return run !== undefined && run.endTimeMs === undefined ? run.runId : undefined;
}
