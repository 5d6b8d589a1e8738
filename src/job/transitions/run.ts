import { assertNever } from "../assert-never.ts";
import type { Job } from "../job.ts";
import type { Context, Effect, Transition } from "../job-event.ts";
import type { JobState } from "../job-state.ts";
import type { JobFailure, JobStatus, Progress, RunStatus } from "../job-status.ts";
import type { RunResult } from "../run-result.ts";
import { nextTime } from "../schedule.ts";
import { assign, changed, runOf, stoppedMessage, unchanged, update } from "./job-update.ts";

/** The life of one run: how it begins, by a Start or by its schedule, what it tells, and how it ends. */
export function beginRun(job: Job, scheduledTimeMs: number, { nowMs, runId }: Context): Transition {
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

export function report(job: Job, { progress }: { progress: Progress }): Transition {
  return changed(update(job, { currentRun: { ...runOf(job), progress } }));
}

export function finish(job: Job, { result }: { result: RunResult }, { nowMs }: Context): Transition {
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

export function finishStopped(job: Job, { result }: { result: RunResult }, context: Context): Transition {
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
      const begun = beginRun(assign(ended, afterStop.by), context.nowMs, context);
      return begun.kind === "changed" ? { ...begun, effects: [record, ...begun.effects] } : begun;
    }
    default:
      return assertNever(afterStop);
  }
}

function endRun(
  job: Job,
  state: JobState,
  { nowMs, result }: { nowMs: number; result: RunResult },
): RunStatus {
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
function failureOf(run: RunStatus, timeMs: number, result: RunResult): JobFailure | undefined {
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

export function runOnSchedule(job: Job, _event: unknown, context: Context): Transition {
  const { nextRunTimeMs = context.nowMs } = job.status;
  return beginRun(job, nextRunTimeMs, context);
}

/** Overlap SKIP: a run is still going on when the next time comes. */
export function skipTime(job: Job, _event: unknown, { nowMs }: Context): Transition {
  const { schedule, nextRunTimeMs, counters } = job.status;
  if (schedule === undefined || nextRunTimeMs === undefined) return unchanged;
  const next = nextTime(schedule, nextRunTimeMs, nowMs);
  const skippedOverlap = counters.skippedOverlap + 1 + next.missed;
  return changed(update(job, { nextRunTimeMs: next.timeMs, counters: { ...counters, skippedOverlap } }));
}
