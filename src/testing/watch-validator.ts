import { equals } from "@bufbuild/protobuf";
import { JobStatusSchema } from "../../gen/jobcontrol/v1/job_pb.ts";
import { parseResumeToken } from "../control/watch/resume-token.ts";
import { assertNever } from "../job/assert-never.ts";
import type { Change } from "../job/job.ts";
import { toJobStatus } from "../rpc/status-codec.ts";
import type { JobHistory } from "./job-history.ts";
import type { ToldChange, ToldClosing, ToldSnapshot } from "./told-message.ts";
import { WatchLedger } from "./watch-ledger.ts";
import type { ReadMessage, WatchRecording } from "./watch-recording.ts";
import { WatchSight } from "./watch-sight.ts";
import { describe, describeChange, type Promised, type Violation } from "./watch-violation.ts";

/**
 * Judges a watch that was recorded by the history of what was committed: every promise that it breaks, in the
 * order of its messages. It knows nothing of how the server makes a watch, only what may come of it.
 */
export function validateWatch(recording: WatchRecording, history: JobHistory): readonly Violation[] {
  return new WatchValidator(recording, history).validate();
}

/** What may come next. */
type Phase = "opening" | "resuming" | "snapshot" | "live" | "closed";

class WatchValidator {
  readonly #recording: WatchRecording;
  readonly #history: JobHistory;
  readonly #sight: WatchSight;
  readonly #ledger: WatchLedger;
  readonly #violations: Violation[] = [];
  /** Where the watch was resumed; undefined where it was not. */
  readonly #resumedAt: number | undefined;
  #snapshot: ToldSnapshot[] = [];
  #phase: Phase = "opening";
  #index = 0;
  /** What the reader knew when it asked for the first message of the section. */
  #sectionAsked = 0;
  /** A revision that the watch cannot have begun behind. */
  #beganAt: number | undefined;
  #wasReset = false;
  #lastTold = 0;
  #changes = 0;

  constructor(recording: WatchRecording, history: JobHistory) {
    const { request, epoch, messages } = recording;
    const point = parseResumeToken(request.resumeToken);
    this.#recording = recording;
    this.#history = history;
    this.#sight = new WatchSight(request, history);
    this.#sectionAsked = messages[0]?.asked ?? 0;
    this.#resumedAt = point?.epoch === epoch ? point.revision : undefined;
    this.#beganAt = this.#resumedAt;
    this.#ledger = new WatchLedger(this.#sight, history, this.#resumedAt ?? 0);
    if (request.resumeToken !== "") this.#phase = "resuming";
  }

  validate(): readonly Violation[] {
    for (const read of this.#recording.messages) {
      this.#read(read);
      this.#index++;
    }
    this.#end();
    return this.#violations;
  }

  #read(read: ReadMessage): void {
    const { message } = read;
    if (this.#phase === "closed") this.#report("framed", "nothing after CLOSING", describe(message));
    switch (message.kind) {
      case "snapshot":
        this.#readSnapshot(message, read);
        break;
      case "snapshot-end":
        this.#readSnapshotEnd(message.resumeToken, read);
        break;
      case "changed":
      case "removed":
        this.#readChange(message, read);
        break;
      case "bookmark":
        this.#readBookmark(message.resumeToken, read);
        break;
      case "reset":
        this.#readReset(read);
        break;
      case "closing":
        this.#readClosing(message, read);
        break;
      default:
        assertNever(message);
    }
  }

  #readSnapshot(message: ToldSnapshot, { asked }: ReadMessage): void {
    const { resumeToken, skipSnapshot } = this.#recording.request;
    const isExpected = this.#phase === "opening" && resumeToken === "" && !skipSnapshot;
    if (!isExpected && this.#phase !== "snapshot")
      this.#report("framed", "no snapshot here", describe(message));
    if (this.#snapshot.length === 0 && this.#phase === "snapshot") this.#sectionAsked = asked;
    this.#phase = "snapshot";
    this.#snapshot.push(message);
  }

  #readSnapshotEnd(token: string, { asked, committed }: ReadMessage): void {
    if (this.#phase === "live") this.#report("framed", "one SNAPSHOT_END", "another");
    const isResumed = this.#phase === "resuming";
    const hasSnapshot =
      this.#phase === "snapshot" || (this.#phase === "opening" && !this.#recording.request.skipSnapshot);
    if (this.#phase === "snapshot" && this.#snapshot.length === 0) this.#sectionAsked = asked;
    this.#phase = "live";
    const revision = this.#revisionOf(token, committed);
    if (revision === undefined) return;
    if (revision < this.#sectionAsked)
      this.#report("fresh", `revision ${this.#sectionAsked} or later`, String(revision));
    if (revision < this.#ledger.position)
      this.#report("ordered", `revision ${this.#ledger.position} or later`, String(revision));
    this.#beganAt ??= revision;
    if (isResumed) this.#missing("resumable", revision, committed);
    else this.#ledger.restartAt(revision);
    if (hasSnapshot) this.#compareSnapshot(revision);
  }

  #compareSnapshot(revision: number): void {
    const told = this.#snapshot;
    this.#snapshot = [];
    const expected = this.#sight.snapshotAt(revision);
    const expectedIds = expected.map(({ jobId }) => jobId).join(" ");
    const toldIds = told.map(({ jobId }) => jobId).join(" ");
    if (expectedIds !== toldIds) this.#report("truthful", `a snapshot of ${expectedIds}`, toldIds);
    for (const { jobId, status } of expected) {
      const message = told.find((candidate) => candidate.jobId === jobId);
      if (message === undefined || isSame(message.status, status)) continue;
      this.#report("truthful", `${jobId} as of revision ${revision}`, describe(message));
    }
  }

  #readChange(message: ToldChange, { committed }: ReadMessage): void {
    const revision = Number(message.status.revision);
    const change = this.#history.at(revision);
    if (this.#phase === "opening" || this.#phase === "snapshot")
      this.#report("framed", "SNAPSHOT_END before any change", describe(message));
    this.#countChange(message);
    if (this.#revisionOf(message.resumeToken, committed) !== revision)
      this.#report("resumable", `a token of revision ${revision}`, message.resumeToken);
    if (change === undefined) this.#report("truthful", "a change that was committed", describe(message));
    else if (revision <= this.#ledger.position) this.#reportOutOfTurn(message, revision);
    else {
      this.#missing("reliable", revision - 1, committed);
      this.#lastTold = revision;
      if (this.#sight.concerns(change)) this.#compare(message, change);
      else this.#report("truthful", "only what was asked for", describe(message));
    }
  }

  #reportOutOfTurn(message: ToldChange, revision: number): void {
    const isLate = revision < this.#lastTold && !this.#ledger.hasTold(revision);
    this.#report(isLate ? "ordered" : "unique", `a change after ${this.#ledger.position}`, describe(message));
  }

  #compare(message: ToldChange, change: Change): void {
    const { count, previousState } = this.#ledger.tell(change);
    const kind = this.#sight.kindOf(change);
    if (message.kind !== kind) this.#report("truthful", kind, describe(message));
    if (!isSame(message.status, change.status))
      this.#report("truthful", `the status of revision ${change.revision}`, describe(message));
    if (message.coalesced !== count)
      this.#report("truthful", `coalesced ${count}`, String(message.coalesced));
    if (message.previousState !== previousState)
      this.#report("truthful", `previous state ${previousState}`, String(message.previousState));
  }

  #countChange(message: ToldChange): void {
    const { maxChanges } = this.#recording.request;
    this.#changes++;
    if (maxChanges > 0 && this.#changes > maxChanges)
      this.#report("closed", `CLOSING after ${maxChanges} changes`, describe(message));
  }

  #readBookmark(token: string, { asked, committed }: ReadMessage): void {
    if (this.#phase !== "live") this.#report("framed", "no BOOKMARK before SNAPSHOT_END", "a BOOKMARK");
    const revision = this.#revisionOf(token, committed);
    if (revision === undefined) return;
    // Progress that min_interval holds back holds the token back as well.
    const least = this.#recording.request.minIntervalMs > 0 ? 0 : asked;
    if (revision < Math.max(this.#ledger.position, least))
      this.#report("bookmarkable", `a token of ${Math.max(this.#ledger.position, least)} or later`, token);
    this.#missing("bookmarkable", revision, committed);
  }

  #readReset({ committed }: ReadMessage): void {
    const { request, ring } = this.#recording;
    const { position } = this.#ledger;
    const isForeign = this.#phase === "resuming" && (this.#resumedAt ?? committed + 1) > committed;
    if (this.#phase === "opening" || this.#phase === "snapshot")
      this.#report("framed", "no RESET here", "RESET");
    else if (this.#phase === "live" && request.delivery === "every-transition")
      this.#report("closed", "CLOSING(TOO_SLOW)", "RESET");
    else if (!isForeign && position >= committed - ring)
      this.#report("resumable", `what came after ${position}`, `RESET at ${committed} with ${ring} kept`);
    this.#phase = "snapshot";
    this.#snapshot = [];
    this.#wasReset = true;
    if (isForeign) this.#beganAt = undefined;
    this.#ledger.restartAt(isForeign ? 0 : position);
  }

  #readClosing({ reason, resumeToken }: ToldClosing, { committed }: ReadMessage): void {
    const { request, ring } = this.#recording;
    const opened = this.#phase;
    this.#phase = "closed";
    const revision = this.#revisionOf(resumeToken, committed);
    if (revision === undefined) return;
    if (revision < this.#ledger.position)
      this.#report("resumable", `a token of ${this.#ledger.position} or later`, resumeToken);
    this.#missing("resumable", revision, committed);
    if (reason === "max-changes" && (request.maxChanges === 0 || this.#changes < request.maxChanges))
      this.#report("closed", `${request.maxChanges} changes`, `CLOSING after ${this.#changes}`);
    if (
      reason === "until-met" &&
      !(opened === "live" && this.#sight.mayBeDone(revision, this.#beganAt ?? revision))
    )
      this.#report("closed", `CLOSING when ${request.until}`, `CLOSING at ${revision}`);
    if (reason === "too-slow" && opened === "resuming" && this.#changes === 0)
      this.#report("resumable", "RESET", `TOO_SLOW at ${revision}`);
    if (reason === "too-slow" && (request.delivery === "latest" || revision >= committed - ring))
      this.#report("closed", "to go on", `TOO_SLOW at ${revision} of ${committed} with ${ring} kept`);
  }

  #end(): void {
    const { end, messages } = this.#recording;
    const last = messages.at(-1)?.message;
    const closing = last?.kind === "closing" ? last.reason : undefined;
    if (end.kind === "ended" && messages.length > 0) {
      if (closing === undefined) this.#report("closed", "CLOSING before the end", "the end");
      const refusal = closing === "draining" ? "DRAINING" : undefined;
      if (closing !== undefined && end.refusal !== refusal)
        this.#report("closed", `the end with ${refusal ?? "OK"}`, end.refusal ?? "OK");
    }
    if (end.kind === "caught-up") this.#judgeSilence(end.revision);
  }

  /** Nothing more came, though the reader waited for it at this revision. */
  #judgeSilence(revision: number): void {
    const { minIntervalMs, until } = this.#recording.request;
    if (this.#phase !== "live") this.#report("framed", "SNAPSHOT_END, and no CLOSING", this.#phase);
    for (const change of this.#ledger.moveTo(revision, revision))
      if (minIntervalMs === 0 || !change.progressOnly)
        this.#report("reliable", describeChange(change), "nothing");
    // Which run a watch goes by that began anew is not known; only that none goes on any more ends it for sure.
    const began = this.#wasReset ? revision : this.#beganAt;
    if (this.#sight.isDone(revision, began ?? revision))
      this.#report("closed", `CLOSING when ${until}`, "nothing");
  }

  #missing(word: Promised, revision: number, committed: number): void {
    for (const change of this.#ledger.moveTo(revision, committed))
      this.#report(word, describeChange(change), "nothing of it");
  }

  /** The revision of a token, if it is one that the server can have given out by then. */
  #revisionOf(token: string, committed: number): number | undefined {
    const point = parseResumeToken(token);
    if (point?.epoch === this.#recording.epoch && point.revision <= committed) return point.revision;
    this.#report("resumable", `a token of ${this.#recording.epoch}, up to ${committed}`, token);
    return undefined;
  }

  #report(word: Promised, expected: string, found: string): void {
    this.#violations.push({ word, index: this.#index, expected, found });
  }
}

function isSame(told: ToldSnapshot["status"], kept: Change["status"] | undefined): boolean {
  if (told === undefined || kept === undefined) return told === kept;
  const expected = toJobStatus(kept);
  return told === expected || equals(JobStatusSchema, told, expected);
}
