import type { ReceiptId } from "../engine/engine.ts";
import type { ConflictPolicy, Priority } from "../job/command.ts";
import type { JobState } from "../job/job-state.ts";
import type { JobStatus, RunStatus } from "../job/job-status.ts";
import type { JsonObject } from "../job/json.ts";
import type { Schedule } from "../job/schedule.ts";
import type { Receipt } from "../job/settlement.ts";
import type { TraceContext } from "../job/trace.ts";
import type { OutputBatch, OutputRequest } from "./output/output.ts";
import type { WatchMessage, WatchRequest } from "./watch/watch.ts";

/**
 * What can be asked of the core, in its own words: the RPC layer calls it, the controller implements it. All
 * that is refused is a `JobControlError`. Requests have been checked field by field before they come here.
 */
export interface JobControl {
  start(request: StartRequest, call: Call): Promise<StartReply>;
  stop(request: StopRequest, call: Call): Promise<Reply>;
  pause(request: ChangeRequest, call: Call): Promise<Reply>;
  resume(request: ChangeRequest, call: Call): Promise<Reply>;
  trigger(request: ChangeRequest, call: Call): Promise<TriggerReply>;
  getStatus(request: GetStatusRequest, call: Call): Promise<StatusReply>;
  list(request: ListRequest): JobPage;
  /** What became of a command, as far as it is known by now. */
  getCommand(id: ReceiptId): Promise<Receipt>;
  listRuns(request: RunsRequest): Promise<RunsPage>;
  /** The stream begins only when it is iterated; leaving the loop early ends the watch. */
  watch(request: WatchRequest, call: Call): AsyncIterable<WatchMessage>;
  /** As `watch`; it counts as one. */
  watchOutput(request: OutputRequest, call: Call): AsyncIterable<OutputBatch>;
}

/** What belongs to the one call, whatever it asks. */
export interface Call {
  /** Fires when the caller has gone away, or its deadline has passed. */
  readonly signal: AbortSignal;
  /** On the wall clock, in milliseconds; unset without a deadline. */
  readonly deadlineMs?: number | undefined;
  /** Who calls: an authenticated name, or the address. */
  readonly peer: string;
  /** Where it is traced: where it stands in its trace. */
  readonly trace?: TraceContext | undefined;
  /** A stream calls it where it has to wait for its first message: it is open, and all that follows is told by it. */
  opened?(): void;
}

/** What every command that changes a job can carry. */
export interface ChangeRequest {
  readonly jobId: string;
  readonly requestId: string;
  readonly etag: string;
  readonly reason: string;
  readonly replyMode: "applied" | "accepted";
  /** Unset: the command's own default. */
  readonly priority?: Priority | undefined;
  readonly validateOnly: boolean;
}

export interface StartRequest extends ChangeRequest {
  readonly jobType: string;
  readonly input?: JsonObject | undefined;
  readonly schedule?: Schedule | undefined;
  readonly conflictPolicy: ConflictPolicy;
  readonly labels: Readonly<Record<string, string>>;
}

export interface StopRequest extends ChangeRequest {
  readonly scope: "job" | "current-run";
  readonly graceMs?: number | undefined;
  readonly force: boolean;
  /** True: answer when the job has stopped. */
  readonly wait: boolean;
}

export interface Reply {
  /** Unset where the command was only accepted, and its job does not exist yet. */
  readonly status?: JobStatus | undefined;
  readonly receipt: Receipt;
  /** True: this answer was given before, to the same request id. */
  readonly replayed: boolean;
}

export interface StartReply extends Reply {
  readonly started: boolean;
}

export interface TriggerReply extends Reply {
  /** Empty where the run waits for its turn, or the trigger was only accepted. */
  readonly runId: string;
}

export interface GetStatusRequest {
  readonly jobId: string;
  readonly consistency: "linearizable" | "snapshot";
  readonly includeInput: boolean;
  readonly includeResult: boolean;
  readonly priority?: Priority | undefined;
}

export interface StatusReply {
  readonly status: JobStatus;
  readonly resumeToken: string;
  readonly input?: JsonObject | undefined;
  readonly result?: JsonObject | undefined;
}

export interface ListRequest {
  readonly pageSize: number;
  /** Empty: from the beginning. */
  readonly pageToken: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Empty: all states. */
  readonly states: readonly JobState[];
  /** Empty: all types. */
  readonly jobType: string;
}

export interface JobPage {
  readonly jobs: readonly JobStatus[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  readonly resumeToken: string;
}

/** A command by one of its names: the server's own, or its caller's. */
export type { ReceiptId };

export interface RunsRequest {
  readonly jobId: string;
  readonly pageSize: number;
  /** Empty: from the newest on. */
  readonly pageToken: string;
}

export interface RunsPage {
  /** Newest first. The run that is going on is one of them. */
  readonly runs: readonly RunStatus[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}
