import type { Job } from "../job.ts";
import type { AlarmTime, Context, Effect, StartEvent, StopEvent, Transition } from "../job-event.ts";
import type { RunStatus } from "../job-status.ts";
import { beginAttempt } from "./attempt.ts";
import { wasRefused } from "./breaker.ts";
import { alreadyRunning, changed, countCommand, runOf, update, withReason } from "./job-update.ts";
import { resume, triggerRunning } from "./pause.ts";
import { beginRun } from "./run.ts";
import { afterRun } from "./run-end.ts";
import { begin } from "./start.ts";
import { overlap } from "./turn.ts";

/** Transitions of a job whose run waits for its next attempt: it holds its slot, and nothing of it is at work. */
export function retryNow(job: Job, { leftMs = 0 }: AlarmTime, context: Context): Transition {
  // The clock was put back: the rest of the wait ends at another time.
  if (leftMs > 0)
    return changed(update(job, { currentRun: { ...runOf(job), nextAttemptTimeMs: context.nowMs + leftMs } }));
  const { nextAttemptTimeMs: _waited, ...run } = runOf(job);
  const attempt = wasRefused(run) ? run.attempt : run.attempt + 1;
  const next: RunStatus = { ...run, state: "running", attempt, progress: undefined, exitCode: undefined };
  return beginAttempt(job, next, context);
}

export function startRetrying(job: Job, event: StartEvent, context: Context): Transition {
  if (event.conflictPolicy === "fail") return alreadyRunning(job);
  if (event.conflictPolicy === "use-existing") return resume(job, event, context);
  const cut = cutShort(job, { requestedBy: event.requestedBy, reason: "Replaced by a later Start" }, context);
  // It hands its slot on to the next run.
  return cut.with(begin(cut.job, event, { ...context, slot: { kind: "free" } }));
}

export function stopRetrying(job: Job, event: StopEvent, context: Context): Transition {
  const cut = cutShort(countCommand(job), event, context);
  const why = { reason: "STOPPED", message: withReason("Stopped", event) };
  if (event.scope === "current-run" && job.status.schedule !== undefined)
    return cut.with(changed(update(cut.job, afterRun(cut.job, "stopped", why))));
  const stopped = { state: "stopped", desiredState: "stopped", nextRunTimeMs: undefined, ...why } as const;
  return cut.with(changed(update(cut.job, stopped, { owed: undefined })));
}

/** A time of the schedule that comes meanwhile; where it cancels what runs, there is nothing that has to end first. */
export function overlapRetrying(job: Job, event: AlarmTime, context: Context): Transition {
  const moved = overlap(job, event, context);
  if (moved.kind !== "changed" || job.status.schedule?.overlap !== "cancel-running") return moved;
  const { owed } = moved.job;
  if (owed === undefined) return moved;
  const cut = cutShort(moved.job, { requestedBy: "", reason: "Its next time has come" }, context);
  return cut.with(beginRun(cut.job, owed, context));
}

export function triggerRetrying(job: Job, event: unknown, context: Context): Transition {
  if (job.status.schedule?.overlap !== "cancel-running") return triggerRunning(job, event, context);
  const cut = cutShort(countCommand(job), { requestedBy: "", reason: "Triggered again" }, context);
  return cut.with(beginRun(update(cut.job, {}, { owed: undefined }), { command: context.command }, context));
}

/** The run has ended: it was stopped before its next attempt. */
function cutShort(
  job: Job,
  { requestedBy, reason }: Pick<StopEvent, "requestedBy" | "reason">,
  { nowMs }: Context,
) {
  const { counters } = job.status;
  const { nextAttemptTimeMs: _waited, ...current } = runOf(job);
  const stopping = { requestTimeMs: nowMs, requestedBy, reason, acknowledged: true, forceTimeMs: nowMs };
  const run: RunStatus = { ...current, state: "stopped", endTimeMs: nowMs, stopping };
  const record: Effect = { kind: "recordRun", run };
  return {
    job: update(job, { currentRun: run, counters: { ...counters, stopped: counters.stopped + 1 } }),
    with: (next: Transition): Transition =>
      next.kind === "changed" ? changed(next.job, [record, ...next.effects]) : next,
  };
}
