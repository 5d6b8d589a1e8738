import { openedLater } from "../async/opened-later.ts";
import type { Engine, ReceiptId, Ticket } from "../engine/engine.ts";
import type { ChangeCommand, Command, Priority } from "../job/command.ts";
import { invalidFields, JobControlError } from "../job/errors.ts";
import type { Job } from "../job/job.ts";
import type { JobStatus } from "../job/job-status.ts";
import type { Receipt, Settlement } from "../job/settlement.ts";
import { newCommandId } from "./command-id.ts";
import type {
  Call,
  ChangeRequest,
  GetStatusRequest,
  JobControl,
  JobPage,
  ListRequest,
  Reply,
  RunsPage,
  RunsRequest,
  StartReply,
  StartRequest,
  StatusReply,
  StopRequest,
  TriggerReply,
} from "./job-control.ts";
import { listJobs } from "./lists/list-jobs.ts";
import { listRuns } from "./lists/list-runs.ts";
import type { OutputBatch, OutputRequest } from "./output/output.ts";
import type { OutputHub } from "./output/output-hub.ts";
import { watchOutput } from "./output/output-reader.ts";
import { commandNotFound, draining, jobNotFound } from "./refusals.ts";
import { Submission, type SubmissionOptions } from "./submission.ts";
import type { OpenWatches } from "./watch/open-watches.ts";
import { formatResumeToken, parseResumeToken } from "./watch/resume-token.ts";
import type { StatusHub } from "./watch/status-hub.ts";
import type { WatchMessage, WatchRequest } from "./watch/watch.ts";
import { Watcher } from "./watch/watcher.ts";

export interface ControllerOptions extends SubmissionOptions {
  readonly output: OutputHub;
  readonly watches: OpenWatches;
  /** A job with all that belongs to it, as the last commit left it. */
  readonly committed: (jobId: string) => Job | undefined;
  /** How long a watch may be silent, where its request does not say. */
  readonly bookmarkMs: number;
}

/**
 * The front of the core: turns requests into commands, submits them to the engine, and tells each caller what
 * became of its own. It changes nothing itself.
 */
export class Controller implements JobControl {
  readonly #options: ControllerOptions;
  readonly #engine: Engine;
  readonly #hub: StatusHub;
  readonly #submission: Submission;
  readonly #closing = new AbortController();

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#hub = options.hub;
    this.#submission = new Submission(options);
  }

  async start(request: StartRequest, call: Call): Promise<StartReply> {
    const command: Command = {
      ...request,
      kind: "start",
      ...this.#common(request.priority ?? "normal", call),
      requestedBy: call.peer,
    };
    const { settlement, ...reply } = await this.#change(command, call);
    return { ...reply, started: settlement?.answer?.started ?? false };
  }

  async stop(request: StopRequest, call: Call): Promise<Reply> {
    const { wait, ...rest } = request;
    const command: Command = {
      ...rest,
      kind: "stop",
      ...this.#common(request.priority ?? "high", call),
      requestedBy: call.peer,
    };
    const { settlement: _settlement, ...reply } = await this.#change(command, call);
    if (!wait || request.validateOnly || reply.status?.state !== "stopping") return reply;
    return { ...reply, status: await this.#stopped(reply.status, call) };
  }

  async pause(request: ChangeRequest, call: Call): Promise<Reply> {
    const { settlement: _settlement, ...reply } = await this.#change(
      this.#plain("pause", request, call),
      call,
    );
    return reply;
  }

  async resume(request: ChangeRequest, call: Call): Promise<Reply> {
    const { settlement: _settlement, ...reply } = await this.#change(
      this.#plain("resume", request, call),
      call,
    );
    return reply;
  }

  async trigger(request: ChangeRequest, call: Call): Promise<TriggerReply> {
    const { settlement, ...reply } = await this.#change(this.#plain("trigger", request, call), call);
    return { ...reply, runId: settlement?.answer?.runId ?? "" };
  }

  async getStatus(request: GetStatusRequest, call: Call): Promise<StatusReply> {
    const { jobId, includeInput, includeResult, consistency } = request;
    if (consistency === "snapshot") return this.#snapshot(request);
    const { answer, revision } = await this.#submission.settled(
      {
        kind: "get-status",
        jobId,
        includeInput,
        includeResult,
        requestId: "",
        replyMode: "applied",
        ...this.#common(request.priority ?? "normal", call),
      },
      call,
    );
    if (answer?.status === undefined) throw new JobControlError(jobNotFound(jobId));
    const { status, input, result } = answer;
    // As of the read, not of now: what happened since is still to be told to who resumes from here.
    return { status, resumeToken: formatResumeToken(this.#hub.epoch, revision), input, result };
  }

  /** What is read beside the status is perhaps a moment newer than what the hub shows: a watch from here tells that again. */
  #snapshot({ jobId, includeInput, includeResult }: GetStatusRequest): StatusReply {
    const { resumeToken } = this.#hub;
    const status = this.#hub.status(jobId);
    if (!includeInput && !includeResult && status !== undefined) return { status, resumeToken };
    const job = this.#options.committed(jobId);
    if (job === undefined) throw new JobControlError(jobNotFound(jobId));
    const input = includeInput ? job.input : undefined;
    const result = includeResult ? job.result : undefined;
    return { status: job.status, resumeToken, input, result };
  }

  list(request: ListRequest): JobPage {
    return listJobs(this.#hub, request);
  }

  async getCommand(id: ReceiptId): Promise<Receipt> {
    const receipt = await this.#engine.receipt(id);
    if (receipt === undefined) throw new JobControlError(commandNotFound(id));
    return receipt;
  }

  listRuns(request: RunsRequest): Promise<RunsPage> {
    return listRuns(this.#options, request);
  }

  watch(request: WatchRequest, call: Call): AsyncIterable<WatchMessage> {
    return openedLater(() => this.#openWatch(request, call));
  }

  async *watchOutput(request: OutputRequest, call: Call): AsyncGenerator<OutputBatch, void> {
    if (this.#submission.isDraining) throw new JobControlError(draining);
    const { hub, output, clock, watches } = this.#options;
    watches.enter();
    try {
      yield* watchOutput(request, { hub, output, clock, closing: this.#closing.signal, call });
    } finally {
      watches.leave();
    }
  }

  /** Fires when the watches are to end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** From now on new commands and watches are refused. What is queued goes on. */
  drain(): void {
    this.#submission.drain();
  }

  /** Ends the watches, once each has told what there is. */
  closeWatches(): void {
    this.#closing.abort();
    this.#options.watches.drain();
  }

  /** Takes its turn among the commands, so that the watch begins after what was answered before it. */
  async #openWatch(request: WatchRequest, call: Call): Promise<Watcher> {
    if (request.resumeToken !== "" && parseResumeToken(request.resumeToken) === undefined) {
      throw invalidFields([{ field: "resume_token", description: "not a token that this service gave out" }]);
    }
    const { clock, bookmarkMs, watches } = this.#options;
    watches.enter();
    try {
      const command = { kind: "watch", requestId: "", replyMode: "applied" } as const;
      await this.#submission.settled({ ...command, ...this.#common("normal", call) }, call);
    } finally {
      watches.leave();
    }
    return new Watcher(request, { hub: this.#hub, clock, bookmarkMs, watches, signal: call.signal });
  }

  /** A command that has nothing but what all of them have. */
  #plain<K extends "pause" | "resume" | "trigger">(kind: K, request: ChangeRequest, call: Call) {
    const { priority = "normal" } = request;
    return { ...request, kind, ...this.#common(priority, call), requestedBy: call.peer };
  }

  #common(priority: Priority, { deadlineMs, trace }: Call): Common {
    return { commandId: newCommandId(this.#options.clock.now()), priority, deadlineMs, trace };
  }

  async #change(command: ChangeCommand, call: Call): Promise<SettledReply> {
    const ticket = await this.#submission.submit(command, call);
    if (command.replyMode === "accepted") return this.#accepted(command, ticket, call);
    const settlement = await this.#submission.outcome(ticket, call);
    const { receipt, answer } = settlement;
    return { status: answer?.status, receipt, replayed: ticket.replayed, settlement };
  }

  /** Where its fate is known by now, the answer is that of the fate, all of it. */
  async #accepted({ jobId }: ChangeCommand, ticket: Ticket, call: Call): Promise<SettledReply> {
    const { receipt, replayed } = ticket;
    if (receipt.outcome === "accepted") return { status: this.#hub.status(jobId), receipt, replayed };
    const settlement = await this.#submission.fate(ticket, call);
    const status = settlement.answer?.status ?? this.#hub.status(jobId);
    return { status, receipt: settlement.receipt, replayed, settlement };
  }

  /** Waits, without holding anybody up, until the run that is being stopped has ended. */
  #stopped({ jobId, uid, currentRun }: JobStatus, call: Call): Promise<JobStatus | undefined> {
    const isAnother = (status: JobStatus) =>
      status.uid !== uid || status.currentRun?.runId !== currentRun?.runId;
    const hasEnded = (status: JobStatus | undefined) =>
      status === undefined || isAnother(status) || status.state !== "stopping";
    return this.#hub.until(jobId, hasEnded, call);
  }
}

/** With what became of the command, as far as that is known. */
interface SettledReply extends Reply {
  readonly settlement?: Settlement;
}

type Common = Pick<Command, "commandId" | "priority" | "deadlineMs" | "trace">;
