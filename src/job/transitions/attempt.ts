import type { Job } from "../job.ts";
import type { Context, Effect, Transition } from "../job-event.ts";
import type { JobFailure, RunStatus } from "../job-status.ts";
import type { JobType, RetryPolicy } from "../job-type.ts";
import type { RunResult } from "../run-result.ts";
import { circuitAfter, circuitFailure, circuitRefusal } from "./breaker.ts";
import { changed, runOf, update } from "./job-update.ts";
import { settle, type Why } from "./run-end.ts";

/**
 * The attempts of one run: each has its time, and one that failed may be followed by another. One that the circuit of its
 * type refuses is not begun: the run waits for it, or has failed. Last comes the fallback of the type, if it has one.
 */
export function beginAttempt(job: Job, run: RunStatus, context: Context): Transition {
  const refusedUntilMs = circuitRefusal(job, context);
  if (refusedUntilMs !== undefined) return refuse(job, run, { ...context, refusedUntilMs });
  const { counters } = job.status;
  const retries = counters.retries + (run.attempt > 1 ? 1 : 0);
  const counted = update(job, { counters: { ...counters, retries }, ...whyRunning(context) });
  return begin(counted, run, context);
}

/** Where the circuit of the type is not closed, what becomes of this attempt decides about it. */
function whyRunning({ circuit, type }: Context): Why {
  return type.breaker === undefined || circuit.state === "closed"
    ? { reason: "", message: "Running" }
    : { reason: "PROBING", message: "Running, to try whether the work of its type can be done again" };
}

/** As long as attempts are left it waits, and does not lose one by what it never began. */
function refuse(
  job: Job,
  run: RunStatus,
  context: Context & { readonly refusedUntilMs: number },
): Transition {
  const { type, refusedUntilMs } = context;
  const failure = circuitFailure(run, context);
  if (type.hasFallback) return fallBack(job, { ...run, error: failure }, { failure, context });
  if (type.retry === undefined)
    return settle(update(job, { currentRun: run }), { kind: "failed", ...failure }, context);
  const nextAttemptTimeMs = timeToProbe(type.retry, { ...context, refusedUntilMs });
  const { reason, message } = failure;
  return changed(wait(job, { ...run, error: failure, nextAttemptTimeMs }, { reason, message }));
}

type Failed = Extract<RunResult, { kind: "failed" }>;

/** How the run goes on after an attempt that failed. Undefined where nothing is left that would help. */
export function afterFailure(job: Job, result: Failed, context: Context): Transition | undefined {
  const run = runOf(job);
  const { type, nowMs } = context;
  const { attempt, maxAttempts, runId } = run;
  // The fallback has no attempts, and no fallback.
  if (run.fallback !== undefined || givesWay(job)) return undefined;
  const { reason, message, retryable, exitCode } = result;
  const failure: JobFailure = { reason, message, retryable, attempt, timeMs: nowMs };
  const ended: Effect = { kind: "endAttempt", runId, failure };
  const after: RunStatus = { ...run, error: failure, exitCode, stopping: undefined };
  const refusedUntilMs = circuitRefusal(job, { ...context, circuit: circuitAfter([ended], context) });
  const isRetried = type.retry !== undefined && retryable && attempt < maxAttempts;
  if (type.hasFallback && !(isRetried && refusedUntilMs === undefined))
    return fallBack(job, after, { failure, context, ended });
  if (type.retry === undefined || !isRetried) return undefined;
  const nextAttemptTimeMs = timeToRetry(type.retry, attempt, { ...context, refusedUntilMs });
  const told = `Attempt ${attempt} of ${maxAttempts} failed: ${message === "" ? reason : message}`;
  return changed(wait(job, { ...after, nextAttemptTimeMs }, { reason, message: told }), [ended]);
}

/** True where a run is owed that would have cancelled this one, had it not been stopping already. */
export function givesWay({ owed, status }: Job): boolean {
  return owed !== undefined && status.schedule?.overlap === "cancel-running";
}

interface FallingBack {
  readonly failure: JobFailure;
  readonly context: Context;
  /** Unset where no attempt was going on. */
  readonly ended?: Effect;
}

/** The same run goes on with the work that its type falls back on, once. */
function fallBack(job: Job, run: RunStatus, { failure, context, ended }: FallingBack): Transition {
  const fallback = { startTimeMs: context.nowMs, cause: failure };
  const going: RunStatus = { ...run, state: "running", fallback, progress: undefined, exitCode: undefined };
  const { message, reason } = failure;
  const why = { reason: "FALLBACK", message: `Falling back after: ${message === "" ? reason : message}` };
  const begun = begin(update(job, why), going, context);
  return ended === undefined || begun.kind !== "changed"
    ? begun
    : changed(begun.job, [ended, ...begun.effects]);
}

function begin(job: Job, run: RunStatus, { nowMs, type }: Context): Transition {
  const timesOutMs = type.timeoutMs === undefined ? undefined : nowMs + type.timeoutMs;
  const running = update(
    job,
    { state: "running", currentRun: run },
    { afterStop: undefined, forced: false, timesOutMs },
  );
  return changed(running, [{ kind: "startRun", run, input: job.input ?? {} }]);
}

/** It waits for its next attempt. */
function wait(job: Job, run: RunStatus, why: { readonly reason: string; readonly message: string }): Job {
  return update(
    job,
    { state: "retrying", currentRun: { ...run, state: "retrying" }, ...why },
    { afterStop: undefined, forced: false, timesOutMs: undefined },
  );
}

/** When the next attempt is due after one that failed: never before the circuit may let it begin. */
function timeToRetry(
  policy: RetryPolicy,
  attempt: number,
  { refusedUntilMs, ...context }: Context & { readonly refusedUntilMs: number | undefined },
): number {
  const retryMs = context.nowMs + backoffMs(policy, attempt, context.random);
  if (refusedUntilMs === undefined) return retryMs;
  return Math.max(retryMs, timeToProbe(policy, { ...context, refusedUntilMs }));
}

/** When an attempt that the circuit refuses comes again: not together with all others that wait for that. */
function timeToProbe(
  { jitter }: RetryPolicy,
  { random, type, refusedUntilMs }: Context & { readonly refusedUntilMs: number },
): number {
  return refusedUntilMs + Math.floor(random * jitter * (type.breaker?.halfOpenAfterMs ?? 0));
}

/** No wait for a next attempt is longer; for ever where the type does not say. */
export function longestWaitMs({ retry, breaker }: JobType): number {
  if (retry === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(retry.maxMs, Math.ceil((1 + retry.jitter) * (breaker?.halfOpenAfterMs ?? 0)));
}

/** How long to wait after an attempt that failed: longer each time, and not the same for all. */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const { initialMs, maxMs, multiplier, jitter } = policy;
  const waitMs = Math.min(maxMs, initialMs * multiplier ** (attempt - 1));
  const shortestMs = waitMs * (1 - jitter);
  const longestMs = Math.min(maxMs, waitMs * (1 + jitter));
  return Math.round(shortestMs + random * (longestMs - shortestMs));
}
