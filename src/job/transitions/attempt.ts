import type { Job } from "../job.ts";
import type { Context, Transition } from "../job-event.ts";
import type { RunStatus } from "../job-status.ts";
import type { RetryPolicy } from "../job-type.ts";
import type { RunResult } from "../run-result.ts";
import { changed, runOf, update } from "./job-update.ts";

/** The attempts of one run: each has its time, and one that failed may be followed by another. */
export function beginAttempt(job: Job, run: RunStatus, { nowMs, type }: Context): Transition {
  const timesOutMs = type.timeoutMs === undefined ? undefined : nowMs + type.timeoutMs;
  const running = update(
    job,
    { state: "running", currentRun: run, reason: "", message: "Running" },
    { afterStop: undefined, forced: false, timesOutMs },
  );
  return changed(running, [{ kind: "startRun", run, input: job.input ?? {} }]);
}

type Failed = Extract<RunResult, { kind: "failed" }>;

/** Undefined where no attempt is left, or another would not help. */
export function retryLater(
  job: Job,
  result: Failed,
  { nowMs, type, random }: Context,
): Transition | undefined {
  const run = runOf(job);
  const { attempt, maxAttempts } = run;
  const { reason, message, retryable, exitCode } = result;
  if (type.retry === undefined || !retryable || attempt >= maxAttempts) return undefined;
  const waiting: RunStatus = {
    ...run,
    state: "retrying",
    error: { reason, message, retryable, attempt, timeMs: nowMs },
    exitCode,
    stopping: undefined,
    nextAttemptTimeMs: nowMs + backoffMs(type.retry, attempt, random),
  };
  const told = `Attempt ${attempt} of ${maxAttempts} failed: ${message === "" ? reason : message}`;
  return changed(
    update(
      job,
      { state: "retrying", currentRun: waiting, reason, message: told },
      { afterStop: undefined, forced: false, timesOutMs: undefined },
    ),
    [{ kind: "endAttempt", runId: run.runId }],
  );
}

/** How long to wait after an attempt that failed: longer each time, and not the same for all. */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const { initialMs, maxMs, multiplier, jitter } = policy;
  const waitMs = Math.min(maxMs, initialMs * multiplier ** (attempt - 1));
  const shortestMs = waitMs * (1 - jitter);
  const longestMs = Math.min(maxMs, waitMs * (1 + jitter));
  return Math.round(shortestMs + random * (longestMs - shortestMs));
}
