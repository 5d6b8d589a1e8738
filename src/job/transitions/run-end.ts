import type { Job } from "../job.ts";
import type { Context, Transition } from "../job-event.ts";
import type { JobState } from "../job-state.ts";
import type { JobFailure, JobStatus, RunStatus } from "../job-status.ts";
import type { RunResult } from "../run-result.ts";
import { changed, runOf, update, withReason } from "./job-update.ts";

/** How a run ends, and what its job is afterwards. */

export const timedOutReason = "TIMED_OUT";

/** The run has come to its end: its work is done, or has failed and nothing is left that would help. */
export function settle(job: Job, result: RunResult, { nowMs }: Context): Transition {
  const { counters } = job.status;
  const failed = result.kind === "failed";
  const timedOut = counters.timedOut + (failed && result.reason === timedOutReason ? 1 : 0);
  const current = endRun(job, failed ? "failed" : "succeeded", { nowMs, result });
  const ended: Partial<JobStatus> = {
    currentRun: current,
    counters: failed
      ? {
          ...counters,
          timedOut,
          failed: counters.failed + 1,
          consecutiveFailures: counters.consecutiveFailures + 1,
        }
      : { ...counters, succeeded: counters.succeeded + 1, consecutiveFailures: 0 },
    ...afterRun(job, failed ? "failed" : "succeeded", whyEnded(current, result)),
  };
  const kept = failed ? {} : { result: result.result };
  return changed(update(job, ended, kept), [{ kind: "recordRun", run: current }]);
}

function whyEnded({ fallback }: RunStatus, result: RunResult): Why {
  if (result.kind === "failed")
    return { reason: result.reason, message: result.message === "" ? "Failed" : result.message };
  const [reason, message] =
    fallback === undefined
      ? ["COMPLETED", "Completed"]
      : ["COMPLETED_BY_FALLBACK", "Completed by the fallback"];
  return { reason, message: result.message === "" ? message : result.message };
}

/**
 * A scheduled job goes on to wait for its next time, or to be resumed; any other is settled. Why it does not run is told
 * with it: of a job that is paused the pause, and of any other how the run has ended.
 */
export function afterRun(
  { status, pausedFor = "" }: Job,
  settled: JobState,
  ended: Why,
): Why & Pick<JobStatus, "state"> {
  const { schedule, desiredState } = status;
  if (schedule === undefined) return { state: settled, ...ended };
  if (desiredState !== "paused") return { state: "scheduled", ...ended };
  return { state: "paused", reason: "PAUSED", message: withReason("Paused", { reason: pausedFor }) };
}

export type Why = Pick<JobStatus, "reason" | "message">;

export function endRun(
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
