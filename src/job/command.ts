import type { JsonObject } from "./json.ts";
import type { Schedule } from "./schedule.ts";
import type { TraceContext } from "./trace.ts";

/**
 * A command: what a caller asks of the one consumer. It is plain data, checked before it is made, so that an
 * engine can keep it, send it elsewhere and hand it out again.
 */
export type Command = ChangeCommand | GetStatusCommand | WatchCommand;

export type Priority = "critical" | "high" | "normal" | "low";

/** The lanes, best first. */
export const priorities: readonly Priority[] = ["critical", "high", "normal", "low"];

interface CommandBase {
  /** Unique; made by the server. */
  readonly commandId: string;
  /** The caller's own, or empty. The same one gets the same answer. */
  readonly requestId: string;
  readonly priority: Priority;
  /** On the wall clock, in milliseconds. Unset: the caller waits as long as it takes. */
  readonly deadlineMs?: number | undefined;
  /** When the caller is answered: once the command has taken effect, or once it is queued. */
  readonly replyMode: "applied" | "accepted";
  /** The call that brought it, where that is traced. */
  readonly trace?: TraceContext | undefined;
}

interface ChangeBase extends CommandBase {
  /** Start: empty, where the server is to make one. */
  readonly jobId: string;
  /** Who asks: the peer of the RPC. */
  readonly requestedBy: string;
  readonly reason: string;
  /** Unless empty, the job must still have this etag. */
  readonly etag: string;
  /** True: say what would happen, and change nothing. */
  readonly validateOnly: boolean;
}

export type ConflictPolicy = "use-existing" | "fail" | "replace";

export interface StartCommand extends ChangeBase {
  readonly kind: "start";
  /** Empty: the type of the job that is there, or the one named like it. */
  readonly jobType: string;
  readonly input?: JsonObject | undefined;
  /** Unset: the type's own. */
  readonly schedule?: Schedule | undefined;
  readonly conflictPolicy: ConflictPolicy;
  readonly labels: Readonly<Record<string, string>>;
}

export interface StopCommand extends ChangeBase {
  readonly kind: "stop";
  /** The job, or only the run that is going on. */
  readonly scope: "job" | "current-run";
  /** Unset: the type's own. */
  readonly graceMs?: number | undefined;
  readonly force: boolean;
}

/** From now on the schedule brings no more runs; the one that is going on ends in its own way. */
export interface PauseCommand extends ChangeBase {
  readonly kind: "pause";
}

export interface ResumeCommand extends ChangeBase {
  readonly kind: "resume";
}

/** Runs a scheduled job once, now. */
export interface TriggerCommand extends ChangeBase {
  readonly kind: "trigger";
}

/** A read that takes its turn, and so sees every command that was answered before it. */
export interface GetStatusCommand extends CommandBase {
  readonly kind: "get-status";
  readonly jobId: string;
  readonly includeInput: boolean;
  readonly includeResult: boolean;
}

/** The registration of a watch: its turn in the queue fixes the revision that it may not start behind. */
export interface WatchCommand extends CommandBase {
  readonly kind: "watch";
}

/** The commands that change a job: they have receipts, and a `request_id` that replays. */
export type ChangeCommand = StartCommand | StopCommand | PauseCommand | ResumeCommand | TriggerCommand;

/** A command, as what has come of it refers to it. */
export interface CommandReference {
  readonly commandId: string;
  /** The command itself, or else its call, where that is traced. */
  readonly trace?: TraceContext | undefined;
}

export function isChange(command: Command): command is ChangeCommand {
  return command.kind !== "get-status" && command.kind !== "watch";
}

/** The commands that make work begin: what can wait while there is room only for ending what goes on. */
export function beginsWork(command: Command): boolean {
  return command.kind === "start" || command.kind === "resume" || command.kind === "trigger";
}

/** A command that waits is settled so long before its deadline, so that its caller still hears what became of it. */
export function deadlineMarginMs(remainingMs: number): number {
  return Math.min(20, Math.max(0, remainingMs / 20));
}
