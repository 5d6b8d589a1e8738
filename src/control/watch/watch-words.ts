import type { Clock } from "../../async/clock.ts";
import type { JobStatus } from "../../job/job-status.ts";
import { formatResumeToken } from "./resume-token.ts";
import type { StatusHub } from "./status-hub.ts";
import type { ClosingMessage, WatchMessage } from "./watch.ts";
import type { WatchCursor } from "./watch-cursor.ts";

/** The messages of a watch that are no changes: they belong to the one watcher, and tell where it is. */
export class WatchWords {
  readonly #cursor: WatchCursor;
  readonly #hub: StatusHub;
  readonly #clock: Clock;

  constructor(cursor: WatchCursor, hub: StatusHub, clock: Clock) {
    this.#cursor = cursor;
    this.#hub = hub;
    this.#clock = clock;
  }

  /** The jobs as they are at one revision, however long it takes to read them. */
  *snapshot(): Generator<WatchMessage> {
    const { jobIds } = this.#cursor;
    const all = jobIds.size > 0 ? this.#named(jobIds) : this.#hub.statusesAfter();
    this.#cursor.restartAt(this.#hub.revision);
    const end = this.snapshotEnd();
    for (const status of all) {
      const isAbsent = typeof status === "string";
      if (!isAbsent && !this.#cursor.selects(status.labels)) continue;
      const told = isAbsent ? { jobId: status } : { jobId: status.jobId, status };
      yield { kind: "snapshot", ...told, serverTimeMs: this.#clock.now() };
    }
    yield { ...end, serverTimeMs: this.#clock.now() };
  }

  /** The statuses of these jobs; the ids of those that are not there. */
  #named(jobIds: ReadonlySet<string>): (JobStatus | string)[] {
    return Array.from(jobIds, (jobId) => this.#hub.status(jobId) ?? jobId);
  }

  /** What came between is lost: it all begins anew. */
  *reset(): Generator<WatchMessage> {
    yield { kind: "reset", serverTimeMs: this.#clock.now() };
    yield* this.snapshot();
  }

  snapshotEnd(): WatchMessage {
    return { kind: "snapshot-end", resumeToken: this.#token(), serverTimeMs: this.#clock.now() };
  }

  bookmark(): WatchMessage {
    return { kind: "bookmark", resumeToken: this.#token(), serverTimeMs: this.#clock.now() };
  }

  closing(reason: ClosingMessage["reason"]): ClosingMessage {
    // Spread out, so that the watchers of a server that goes away do not all come back at the same moment.
    const comesBack = reason === "draining" || reason === "too-slow";
    const reconnectAfterMs = comesBack ? 500 + Math.random() * 4500 : undefined;
    return {
      kind: "closing",
      reason,
      resumeToken: this.#token(),
      reconnectAfterMs,
      serverTimeMs: this.#clock.now(),
    };
  }

  #token(): string {
    return formatResumeToken(this.#hub.epoch, this.#cursor.revision);
  }
}
