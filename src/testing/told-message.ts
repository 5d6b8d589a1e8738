import type { WatchStatusResponse } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type JobStatus, JobState as StateNumber } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { ClosingMessage, WatchMessage } from "../control/watch/watch.ts";
import type { JobState } from "../job/job-state.ts";
import { closeReasonNumbers, jobStateWords, watchKindNumbers } from "../rpc/enum-codec.ts";
import { toWatchStatusResponse } from "../rpc/watch-codec.ts";

/**
 * A message of a watch as its reader got it, in the words that the validator judges. A status is kept as the
 * wire has it, so that nothing of it escapes the comparison with what was committed.
 */
export type ToldMessage =
  | ToldSnapshot
  | ToldChange
  | { readonly kind: "snapshot-end" | "bookmark"; readonly resumeToken: string }
  | { readonly kind: "reset" }
  | ToldClosing;

export interface ToldSnapshot {
  readonly kind: "snapshot";
  readonly jobId: string;
  /** Unset: there is no such job. */
  readonly status: JobStatus | undefined;
}

export interface ToldChange {
  readonly kind: "changed" | "removed";
  readonly status: JobStatus;
  readonly previousState: JobState | undefined;
  readonly resumeToken: string;
  readonly coalesced: number;
}

export interface ToldClosing {
  readonly kind: "closing";
  readonly reason: ClosingMessage["reason"];
  readonly resumeToken: string;
}

/** A message from `JobControl.watch`. */
export function toldByCore(message: WatchMessage): ToldMessage {
  return toldOnWire(toWatchStatusResponse(message));
}

/** A response of `WatchStatus`. Throws a `TypeError` for one that is no message of this version. */
export function toldOnWire(response: WatchStatusResponse): ToldMessage {
  const { status, resumeToken } = response;
  const kind = wordOf(watchKindNumbers, response.kind);
  switch (kind) {
    case "reset":
      return { kind };
    case "snapshot-end":
    case "bookmark":
      return { kind, resumeToken };
    case "closing":
      return { kind, resumeToken, reason: wordOf(closeReasonNumbers, response.closeReason) };
    case "snapshot":
      return { kind, ...snapshotOf(present(status)) };
    case "changed":
    case "removed":
      return {
        kind,
        status: present(status),
        previousState: jobStateWords.get(response.previousState),
        resumeToken,
        coalesced: Number(response.coalesced),
      };
    default:
      throw new TypeError(`Unexpected kind of message: ${response.kind}`);
  }
}

function snapshotOf(status: JobStatus): Omit<ToldSnapshot, "kind"> {
  return { jobId: status.jobId, status: status.state === StateNumber.UNSPECIFIED ? undefined : status };
}

function present(status: JobStatus | undefined): JobStatus {
  if (status === undefined) throw new TypeError("Message lacks a status");
  return status;
}

function wordOf<Word extends string>(numbers: Readonly<Record<Word, number>>, number: number): Word {
  const words = Object.keys(numbers) as Word[];
  const word = words.find((candidate) => numbers[candidate] === number);
  if (word === undefined) throw new TypeError(`Unexpected number: ${number}`);
  return word;
}
