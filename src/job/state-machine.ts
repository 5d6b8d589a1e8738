import { assertNever } from "./assert-never.ts";
import type { ConflictPolicy } from "./command.ts";
import type { Refusal } from "./errors.ts";
import type { AfterStop, Assignment, Job } from "./job.ts";
import { etagOf } from "./job.ts";
import type { JobState } from "./job-state.ts";
import type { JobFailure, JobStatus, Progress, RunStatus } from "./job-status.ts";
import type { JobType } from "./job-type.ts";
import type { JsonObject } from "./json.ts";
import { nextTime } from "./schedule.ts";

/**
 * The life of a job as one pure function: what a job becomes when something happens to it, and what has to be
 * done about it. The supervisor calls it for every command and every event; nothing here reads a clock, makes
 * an id or starts anything. Read the table first: a row for each state, a column for each event; what is not in
 * the table changes nothing.
 */
type Transitions = Readonly<Partial<Record<JobState, Row>>>;
type Row = { readonly [K in JobEvent["kind"]]?: Action<Extract<JobEvent, { kind: K }>> };

// biome-ignore format: a table
const transitions: Transitions = {
  stopped:   { start: begin,          expired: remove },
  succeeded: { start: begin,          expired: remove },
  failed:    { start: begin,          expired: remove },
  lost:      { start: begin,          expired: remove },
  scheduled: { start: startScheduled, stop: stopScheduled, due: runOnSchedule },
  running:   { start: startRunning,   stop: stopRunning,   due: skipTime, progressed: report, ended: finish, drain: stopForDrain },
  stopping:  { start: startStopping,  stop: stopStopping,  due: skipTime, progressed: report, ended: finishStopped,
               acknowledged: acknowledge, graceOver: force },
};

export type JobEvent =
  | StartEvent
  | StopEvent
  /** The next time of its schedule has come. */
  | { readonly kind: "due" }
  | { readonly kind: "progressed"; readonly runId: string; readonly progress: Progress }
  /** The work was told that it should stop. */
  | { readonly kind: "acknowledged"; readonly runId: string }
  | { readonly kind: "ended"; readonly runId: string; readonly result: RunEnd }
  /** The grace of a stopped run has passed. */
  | { readonly kind: "graceOver" }
  /** The server shuts down; its runs have at most so long to end. */
  | { readonly kind: "drain"; readonly graceMs: number }
  /** It has been settled for as long as its type keeps it. */
  | { readonly kind: "expired" };

export interface StartEvent extends Assignment {
  readonly kind: "start";
  readonly conflictPolicy: ConflictPolicy;
  readonly requestedBy: string;
}

export interface StopEvent {
  readonly kind: "stop";
  readonly scope: "job" | "current-run";
  readonly graceMs: number;
  readonly force: boolean;
  readonly requestedBy: string;
  readonly reason: string;
}

/** How a run ended. */
export type RunEnd =
  | {
      readonly kind: "succeeded";
      readonly result?: JsonObject | undefined;
      readonly message: string;
      readonly exitCode?: number | undefined;
    }
  | {
      readonly kind: "failed";
      readonly reason: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly exitCode?: number | undefined;
    };

/** What a transition may use of the world. */
export interface Context {
  readonly nowMs: number;
  readonly type: JobType;
  /** The id of the run, should one begin. */
  readonly runId: string;
}

export type Transition =
  | { readonly kind: "unchanged" }
  | { readonly kind: "rejected"; readonly refusal: Refusal }
  | { readonly kind: "changed"; readonly job: Job; readonly effects: readonly Effect[] }
  | { readonly kind: "removed" };

/** What has to be done once the change is committed. Timers follow from the job itself: `wakeTimeOf`. */
export type Effect =
  | { readonly kind: "startRun"; readonly run: RunStatus; readonly input: JsonObject }
  | { readonly kind: "stopRun"; readonly runId: string }
  | { readonly kind: "killRun"; readonly runId: string }
  /** The run is over and belongs in the history. */
  | { readonly kind: "recordRun"; readonly run: RunStatus };

type Action<E> = (job: Job, event: E, context: Context) => Transition;

export function transition(job: Job, event: JobEvent, context: Context): Transition {
  const action = transitions[job.status.state]?.[event.kind] as Action<JobEvent> | undefined;
  if (action === undefined) return unchanged;
  if (!concerns(job, event, context.nowMs)) return unchanged;
  return action(job, event, context);
}

/** False for an event that comes too late (of a run that is over), or too early (of a timer that was put off). */
function concerns({ status, forced }: Job, event: JobEvent, nowMs: number): boolean {
  const run = status.currentRun;
  if ("runId" in event) return event.runId === run?.runId;
  if (event.kind === "due") return status.nextRunTimeMs !== undefined && status.nextRunTimeMs <= nowMs;
  if (event.kind === "graceOver")
    return !forced && run?.stopping !== undefined && run.stopping.forceTimeMs <= nowMs;
  return true;
}

const unchanged: Transition = { kind: "unchanged" };

// ---- start

function begin(job: Job, event: Assignment, context: Context): Transition {
  return run(command(assign(job, event)), context.nowMs, context);
}

function startScheduled(job: Job, event: StartEvent, context: Context): Transition {
  switch (event.conflictPolicy) {
    case "use-existing":
      return unchanged;
    case "fail":
      return alreadyRunning(job);
    case "replace":
      return begin(job, event, context);
    default:
      return assertNever(event.conflictPolicy);
  }
}

function startRunning(job: Job, event: StartEvent, context: Context): Transition {
  if (event.conflictPolicy !== "replace") return startScheduled(job, event, context);
  const { requestedBy } = event;
  const stop = { requestedBy, reason: "Replaced by a later Start", graceMs: context.type.stopGraceMs };
  return askToStop(command(job), { kind: "replaced", by: event }, { stop, nowMs: context.nowMs });
}

function startStopping(job: Job, event: StartEvent): Transition {
  if (event.conflictPolicy === "fail") return alreadyRunning(job);
  if (event.conflictPolicy === "replace") {
    return changed(
      update(
        command(job),
        { desiredState: "running", reason: "REPLACING" },
        { afterStop: { kind: "replaced", by: event } },
      ),
    );
  }
  if (job.status.desiredState === "running") return unchanged;
  return rejected("WRONG_STATE", `Job is being stopped: ${job.status.jobId}`, job);
}

// ---- stop

function stopScheduled(job: Job, event: StopEvent): Transition {
  if (event.scope === "current-run") return unchanged;
  return changed(
    update(command(job), {
      state: "stopped",
      desiredState: "stopped",
      nextRunTimeMs: undefined,
      reason: "STOPPED",
      message: stoppedMessage(event),
    }),
  );
}

function stopRunning(job: Job, event: StopEvent, context: Context): Transition {
  const keepsSchedule = event.scope === "current-run" && job.status.schedule !== undefined;
  const afterStop: AfterStop = keepsSchedule ? { kind: "scheduled" } : { kind: "stopped" };
  return askToStop(command(job), afterStop, { stop: event, nowMs: context.nowMs });
}

/** A Stop wins over whatever was to follow the run, and may be forced; otherwise it is stopping already. */
function stopStopping(job: Job, event: StopEvent, context: Context): Transition {
  const overrules = event.scope === "job" && job.status.desiredState !== "stopped";
  const forces = event.force && !job.forced;
  if (!overrules && !forces) return unchanged;
  const afterStop: AfterStop | undefined = overrules ? { kind: "stopped" } : job.afterStop;
  const desired = overrules ? ({ desiredState: "stopped", reason: "STOP_REQUESTED" } as const) : {};
  const stopped = update(command(job), desired, { afterStop });
  return forces ? force(stopped, event, context) : changed(stopped);
}

function stopForDrain(job: Job, event: { graceMs: number }, context: Context): Transition {
  const graceMs = Math.min(event.graceMs, context.type.stopGraceMs);
  const stop = { requestedBy: "", reason: "The server shuts down", graceMs };
  return askToStop(job, { kind: "lost" }, { stop, nowMs: context.nowMs });
}

interface StopOrder {
  readonly requestedBy: string;
  readonly reason: string;
  readonly graceMs: number;
  readonly force?: boolean;
}

function askToStop(
  job: Job,
  afterStop: AfterStop,
  { stop, nowMs }: { stop: StopOrder; nowMs: number },
): Transition {
  const current = runOf(job);
  const forced = stop.force === true || stop.graceMs === 0;
  const stopping = {
    requestTimeMs: nowMs,
    requestedBy: stop.requestedBy,
    reason: stop.reason,
    acknowledged: false,
    forceTimeMs: forced ? nowMs : nowMs + stop.graceMs,
  };
  const next = update(
    job,
    {
      state: "stopping",
      desiredState: afterStop.kind === "stopped" ? "stopped" : job.status.desiredState,
      currentRun: { ...current, state: "stopping", stopping },
      reason: stoppingReason[afterStop.kind],
      message: stop.reason === "" ? "Asked to stop" : `Asked to stop: ${stop.reason}`,
      // A job that is to be stopped has no next time, whatever its schedule says.
      nextRunTimeMs: afterStop.kind === "scheduled" ? job.status.nextRunTimeMs : undefined,
    },
    { afterStop, forced },
  );
  const effects: Effect[] = [{ kind: "stopRun", runId: current.runId }];
  if (forced) effects.push({ kind: "killRun", runId: current.runId });
  return changed(next, effects);
}

const stoppingReason: Readonly<Record<AfterStop["kind"], string>> = {
  stopped: "STOP_REQUESTED",
  scheduled: "RUN_CANCELLED",
  replaced: "REPLACING",
  lost: "DRAINING",
};

function force(job: Job, _event: unknown, { nowMs }: Context): Transition {
  const current = runOf(job);
  const stopping = current.stopping && {
    ...current.stopping,
    forceTimeMs: Math.min(current.stopping.forceTimeMs, nowMs),
  };
  return changed(
    update(job, { currentRun: { ...current, stopping }, message: "Being ended by force" }, { forced: true }),
    [{ kind: "killRun", runId: current.runId }],
  );
}

function acknowledge(job: Job): Transition {
  const current = runOf(job);
  if (current.stopping === undefined || current.stopping.acknowledged) return unchanged;
  return changed(
    update(job, { currentRun: { ...current, stopping: { ...current.stopping, acknowledged: true } } }),
  );
}

// ---- the schedule

function runOnSchedule(job: Job, _event: unknown, context: Context): Transition {
  const { nextRunTimeMs = context.nowMs } = job.status;
  return run(job, nextRunTimeMs, context);
}

/** Overlap SKIP: a run is still going on when the next time comes. */
function skipTime(job: Job, _event: unknown, { nowMs }: Context): Transition {
  const { schedule, nextRunTimeMs, counters } = job.status;
  if (schedule === undefined || nextRunTimeMs === undefined) return unchanged;
  const next = nextTime(schedule, nextRunTimeMs, nowMs);
  const skippedOverlap = counters.skippedOverlap + 1 + next.missed;
  return changed(update(job, { nextRunTimeMs: next.timeMs, counters: { ...counters, skippedOverlap } }));
}

// ---- the run

function run(job: Job, scheduledTimeMs: number, { nowMs, runId }: Context): Transition {
  const { status } = job;
  const next = status.schedule && nextTime(status.schedule, scheduledTimeMs, nowMs);
  const current: RunStatus = {
    runId,
    state: "running",
    attempt: 1,
    maxAttempts: 1,
    scheduledTimeMs: next && scheduledTimeMs,
    startTimeMs: nowMs,
  };
  const running = update(
    job,
    {
      state: "running",
      desiredState: "running",
      executionCount: status.executionCount + 1,
      lastExecutionTimeMs: nowMs,
      nextRunTimeMs: next?.timeMs,
      counters: { ...status.counters, missed: status.counters.missed + (next?.missed ?? 0) },
      currentRun: current,
      reason: "",
      message: "Running",
    },
    { afterStop: undefined, forced: false },
  );
  return changed(running, [{ kind: "startRun", run: current, input: job.input ?? {} }]);
}

function report(job: Job, { progress }: { progress: Progress }): Transition {
  return changed(update(job, { currentRun: { ...runOf(job), progress } }));
}

function finish(job: Job, { result }: { result: RunEnd }, { nowMs }: Context): Transition {
  const { counters, schedule } = job.status;
  const failed = result.kind === "failed";
  const current = endRun(job, failed ? "failed" : "succeeded", { nowMs, result });
  const ended: Partial<JobStatus> = {
    currentRun: current,
    counters: failed
      ? { ...counters, failed: counters.failed + 1, consecutiveFailures: counters.consecutiveFailures + 1 }
      : { ...counters, succeeded: counters.succeeded + 1, consecutiveFailures: 0 },
    reason: failed ? result.reason : "COMPLETED",
    message: result.message !== "" ? result.message : failed ? "Failed" : "Completed",
    state: schedule !== undefined ? "scheduled" : failed ? "failed" : "succeeded",
  };
  const kept = failed ? {} : { result: result.result };
  return changed(update(job, ended, kept), [{ kind: "recordRun", run: current }]);
}

function finishStopped(job: Job, { result }: { result: RunEnd }, context: Context): Transition {
  const { status, afterStop = { kind: "stopped" } } = job;
  const lost = afterStop.kind === "lost";
  const current = endRun(job, lost ? "lost" : "stopped", { nowMs: context.nowMs, result });
  const counters = lost ? status.counters : { ...status.counters, stopped: status.counters.stopped + 1 };
  const ended = update(job, { currentRun: current, counters }, { afterStop: undefined, forced: false });
  const record: Effect = { kind: "recordRun", run: current };
  switch (afterStop.kind) {
    case "stopped":
      return changed(update(ended, { state: "stopped", ...stoppedBecause(current, job.forced) }), [record]);
    case "scheduled":
      return changed(update(ended, { state: "scheduled", ...stoppedBecause(current, job.forced) }), [record]);
    case "lost":
      return changed(
        update(ended, { state: "lost", reason: "DRAINED", message: "Cut short: the server shut down" }),
        [record],
      );
    case "replaced": {
      const begun = run(assign(ended, afterStop.by), context.nowMs, context);
      return begun.kind === "changed" ? { ...begun, effects: [record, ...begun.effects] } : begun;
    }
    default:
      return assertNever(afterStop);
  }
}

function endRun(job: Job, state: JobState, { nowMs, result }: { nowMs: number; result: RunEnd }): RunStatus {
  const current = runOf(job);
  return {
    ...current,
    state,
    endTimeMs: nowMs,
    exitCode: result.exitCode,
    error: failureOf(current, nowMs, result),
  };
}

/** A stopped run that failed did so because it was stopped; only one that could not be ended is worth telling. */
function failureOf(run: RunStatus, timeMs: number, result: RunEnd): JobFailure | undefined {
  if (result.kind === "succeeded") return undefined;
  if (run.stopping !== undefined && result.reason !== "ABANDONED") return undefined;
  const { reason, message, retryable } = result;
  return { reason, message, retryable, attempt: run.attempt, timeMs };
}

function stoppedBecause(run: RunStatus, forced: boolean): Pick<JobStatus, "reason" | "message"> {
  if (run.error !== undefined) return { reason: run.error.reason, message: run.error.message };
  if (forced) return { reason: "FORCED", message: "Ended by force" };
  return { reason: "STOPPED", message: run.stopping ? stoppedMessage(run.stopping) : "Stopped" };
}

function stoppedMessage({ reason }: { reason: string }): string {
  return reason === "" ? "Stopped" : `Stopped: ${reason}`;
}

function remove(): Transition {
  return { kind: "removed" };
}

// ---- the pieces that transitions are made of

function runOf(job: Job): RunStatus {
  const { currentRun, jobId, state } = job.status;
  if (currentRun === undefined) throw new TypeError(`Job in state ${state} has no run: ${jobId}`);
  return currentRun;
}

/** Counts a command, which gives the job a new etag. */
function command(job: Job): Job {
  const generation = job.generation + 1;
  return update(job, { etag: etagOf(job.status.uid, generation) }, { generation });
}

function assign(job: Job, { input, schedule, labels }: Assignment): Job {
  const given = Object.keys(labels).length > 0 ? labels : job.status.labels;
  return update(job, { schedule, labels: given }, { input });
}

function update(job: Job, status: Partial<JobStatus>, rest: Partial<Omit<Job, "status">> = {}): Job {
  return { ...job, ...rest, status: { ...job.status, ...status } };
}

function changed(job: Job, effects: readonly Effect[] = []): Transition {
  return { kind: "changed", job, effects };
}

function alreadyRunning(job: Job): Transition {
  return rejected("JOB_RUNNING", `Job is already running: ${job.status.jobId}`, job);
}

function rejected(code: "JOB_RUNNING" | "WRONG_STATE", message: string, { status }: Job): Transition {
  const metadata = { jobId: status.jobId, state: status.state.toUpperCase() };
  return { kind: "rejected", refusal: { code, message, metadata } };
}
