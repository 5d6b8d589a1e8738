import type { JobState } from "../../job/job-state.ts";
import type { JobStatus } from "../../job/job-status.ts";

/** The words of a watch: what can be asked for, and what comes. `watcher.ts` makes the one into the other. */
export interface WatchRequest {
  /** Empty: all jobs. */
  readonly jobIds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Empty: with a snapshot first. */
  readonly resumeToken: string;
  readonly delivery: "latest" | "every-transition";
  /** The shortest time between two messages of a job that tell of progress alone. */
  readonly minIntervalMs: number;
  /** Unset: the server's own. */
  readonly bookmarkMs?: number | undefined;
  readonly until: "cancelled" | "all-settled" | "current-run-done" | "snapshot-end";
  /** 0: no limit. */
  readonly maxChanges: number;
  readonly skipSnapshot: boolean;
}

/**
 * A message of a watch. The same change is the same object for every watcher that gets it unmerged, so that it
 * can be encoded once for all of them. `resumeToken` resumes after the message.
 */
export type WatchMessage =
  | SnapshotMessage
  | { readonly kind: "snapshot-end"; readonly resumeToken: string; readonly serverTimeMs: number }
  | ChangeMessage
  | { readonly kind: "bookmark"; readonly resumeToken: string; readonly serverTimeMs: number }
  | { readonly kind: "reset"; readonly serverTimeMs: number }
  | ClosingMessage;

export interface SnapshotMessage {
  readonly kind: "snapshot";
  readonly jobId: string;
  /** Unset: no such job; the watch waits for it. */
  readonly status?: JobStatus | undefined;
  readonly serverTimeMs: number;
}

export interface ChangeMessage {
  readonly kind: "changed" | "removed";
  readonly status: JobStatus;
  /** The state that this watcher was last told of; unset for a job that was not there. */
  readonly previousState?: JobState | undefined;
  readonly resumeToken: string;
  /** How many earlier changes of the job are merged into this one. */
  readonly coalesced: number;
  readonly serverTimeMs: number;
}

export interface ClosingMessage {
  readonly kind: "closing";
  readonly reason: "until-met" | "max-changes" | "draining" | "too-slow";
  readonly resumeToken: string;
  /** For `draining` and `too-slow`: come back after so long. */
  readonly reconnectAfterMs?: number | undefined;
  readonly serverTimeMs: number;
}
