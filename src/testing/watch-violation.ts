import type { Change } from "../job/job.ts";
import type { ToldMessage } from "./told-message.ts";

/** What a watch promises, in etcd's words and a few of ours. */
export type Promised =
  /** Changes come in the order of their revisions. */
  | "ordered"
  /** No change comes twice, or after a message that covered it. */
  | "unique"
  /** No change is left out, unless a later one of its job is told instead. */
  | "reliable"
  /** A token brings exactly what came after it, or RESET where that is no longer kept. */
  | "resumable"
  /** A bookmark's token covers all jobs up to it. */
  | "bookmarkable"
  /** A message says what was committed, and what its watcher was told before. */
  | "truthful"
  /** A watch does not begin behind what was answered before it. */
  | "fresh"
  /** Snapshot, SNAPSHOT_END, changes, CLOSING: each in its place. */
  | "framed"
  /** The stream ends when, and only when, that was asked for, and says why. */
  | "closed";

/** A broken promise. */
export interface Violation {
  readonly word: Promised;
  /** Of the message that breaks it; the number of messages where one is missing at the end. */
  readonly index: number;
  readonly expected: string;
  readonly found: string;
}

/** A message, in short. */
export function describe(message: ToldMessage): string {
  switch (message.kind) {
    case "snapshot":
      return `snapshot of ${message.jobId} at ${message.status?.revision ?? "no revision"}`;
    case "changed":
    case "removed":
      return `${message.kind} ${message.status.jobId} at ${message.status.revision}`;
    default:
      return message.kind;
  }
}

/** A change that was committed, in short. */
export function describeChange({ revision, kind, status }: Change): string {
  return `${kind} ${status.jobId} ${status.state} at ${revision}`;
}
