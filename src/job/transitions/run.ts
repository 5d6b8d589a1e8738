import { assertNever } from "../assert-never.ts";
import type { Job, Occasion } from "../job.ts";
import type { Context, Effect, EndedEvent, Transition } from "../job-event.ts";
import type { Progress, RunStatus } from "../job-status.ts";
import type { RunResult } from "../run-result.ts";
import { afterFailure, beginAttempt, givesWay } from "./attempt.ts";
import {
  assign,
  changed,
  firstOccasion,
  runOf,
  startSchedule,
  update,
  waitForTime,
  withReason,
} from "./job-update.ts";
import { afterRun, endRun, settle, timedOutReason, type Why } from "./run-end.ts";
import { withAcknowledgement } from "./stop.ts";

/** The life of one run: how it begins, what it tells, and how it ends. */
export function beginRun(job: Job, { scheduledTimeMs, command }: Occasion, context: Context): Transition {
  const { nowMs, newRunId, type } = context;
  const run: RunStatus = {
    runId: newRunId(),
    state: "running",
    attempt: 1,
    maxAttempts: type.retry?.maxAttempts ?? 1,
    scheduledTimeMs,
    startTimeMs: nowMs,
  };
  const counted = { executionCount: job.status.executionCount + 1, lastExecutionTimeMs: nowMs };
  return beginAttempt(update(job, counted, { owed: undefined, begunBy: command }), run, context);
}

export function report(job: Job, { progress }: { progress: Progress }): Transition {
  return changed(update(job, { currentRun: { ...runOf(job), progress } }));
}

export function finish(job: Job, { result }: { result: RunResult }, context: Context): Transition {
  const goesOn = result.kind === "failed" ? afterFailure(job, result, context) : undefined;
  return goesOn ?? settle(job, result, context);
}

/** The time of an attempt was over; one that had come to its end, and was not told, has done its work. */
function finishTimedOut(job: Job, { result }: { result: RunResult }, context: Context): Transition {
  const { stopping, ...run } = runOf(job);
  const ended = update(job, { currentRun: run }, { afterStop: undefined, forced: false });
  if (result.kind === "succeeded" && !stopping?.acknowledged) return finish(ended, { result }, context);
  const message = `Took longer than ${(context.type.timeoutMs ?? 0) / 1000} s`;
  const late: RunResult = {
    kind: "failed",
    reason: timedOutReason,
    message,
    retryable: !givesWay(job),
    exitCode: result.exitCode,
  };
  return finish(ended, { result: late }, context);
}

export function finishStopped(stopping: Job, event: EndedEvent, context: Context): Transition {
  const { result, acknowledged = false } = event;
  const job = acknowledged ? withAcknowledgement(stopping) : stopping;
  const { status, afterStop = { kind: "stopped" } } = job;
  const lost = afterStop.kind === "lost";
  const current = endRun(job, lost ? "lost" : "stopped", { nowMs: context.nowMs, result });
  const counters = lost ? status.counters : { ...status.counters, stopped: status.counters.stopped + 1 };
  const ended = update(job, { currentRun: current, counters }, { afterStop: undefined, forced: false });
  const record: Effect = { kind: "recordRun", run: current };
  switch (afterStop.kind) {
    case "stopped":
      return changed(update(ended, { state: "stopped", ...stoppedBecause(current, job.forced) }), [record]);
    case "scheduled": {
      return changed(update(ended, afterRun(job, "stopped", stoppedBecause(current, job.forced))), [record]);
    }
    case "lost": {
      // Nobody had told the work of the stop: it ended because it was done.
      if (result.kind === "succeeded" && !current.stopping?.acknowledged && job.owed === undefined)
        return finish(update(job, {}, { afterStop: undefined, forced: false }), { result }, context);
      const why = { reason: "DRAINED", message: "Cut short: the server shut down" };
      const owed = job.owed ?? (context.type.onLost === "restart" ? occasionOf(job) : undefined);
      return changed(update(ended, afterRun(job, "lost", why), { owed }), [record]);
    }
    case "replaced": {
      const next = startSchedule(assign(ended, afterStop.by), context);
      const occasion = firstOccasion(next, { ...context, command: afterStop.by.command });
      const begun = occasion === undefined ? waitForTime(next) : beginRun(next, occasion, context);
      return begun.kind === "changed" ? { ...begun, effects: [record, ...begun.effects] } : begun;
    }
    case "timed-out":
      return finishTimedOut(job, { result }, context);
    default:
      return assertNever(afterStop);
  }
}

/** What a run that was cut short began for, and another may make up for. */
export function occasionOf(job: Job): Occasion {
  return { scheduledTimeMs: runOf(job).scheduledTimeMs, command: job.begunBy };
}

function stoppedBecause(run: RunStatus, forced: boolean): Why {
  if (run.error !== undefined) return { reason: run.error.reason, message: run.error.message };
  if (forced) return { reason: "FORCED", message: "Ended by force" };
  return { reason: "STOPPED", message: run.stopping ? withReason("Stopped", run.stopping) : "Stopped" };
}
