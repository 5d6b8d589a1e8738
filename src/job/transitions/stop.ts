import type { AfterStop, Job } from "../job.ts";
import type { Context, Effect, StopEvent, Transition } from "../job-event.ts";
import {
  assign,
  changed,
  countCommand,
  firstOccasion,
  runOf,
  startSchedule,
  unchanged,
  update,
  withReason,
} from "./job-update.ts";

/** Transitions that a Stop brings about, and what else ends a run before its time. */
export function stopIdle(job: Job, event: StopEvent): Transition {
  if (event.scope === "current-run") return unchanged;
  return changed(
    update(
      countCommand(job),
      {
        state: "stopped",
        desiredState: "stopped",
        nextRunTimeMs: undefined,
        reason: "STOPPED",
        message: withReason("Stopped", event),
      },
      { owed: undefined },
    ),
  );
}

export function stopRunning(job: Job, event: StopEvent, context: Context): Transition {
  return askToStop(countCommand(job), afterStopOf(job, event), { stop: event, nowMs: context.nowMs });
}

function afterStopOf({ status }: Job, { scope }: StopEvent): AfterStop {
  const keepsSchedule = scope === "current-run" && status.schedule !== undefined;
  return keepsSchedule ? { kind: "scheduled" } : { kind: "stopped" };
}

/**
 * A Stop wins over whatever was to follow the run: of the run alone over its next attempt. It may be forced; otherwise
 * it is stopping already.
 */
export function stopStopping(job: Job, event: StopEvent, context: Context): Transition {
  const overrules =
    event.scope === "job" ? job.status.desiredState !== "stopped" : job.afterStop?.kind === "timed-out";
  const forces = event.force && !job.forced;
  if (!overrules && !forces) return unchanged;
  const counted = countCommand(job);
  const stopped = overrules ? overrule(counted, event, context) : counted;
  return forces ? force(stopped, event, context) : changed(stopped);
}

/** It is stopped now by who says so, and within the time that he gives. */
function overrule(job: Job, event: StopEvent, { nowMs }: Context): Job {
  const current = runOf(job);
  const { acknowledged = false } = current.stopping ?? {};
  const forceTimeMs = job.forced ? (current.stopping?.forceTimeMs ?? nowMs) : nowMs + event.graceMs;
  const { requestedBy, reason } = event;
  const stopping = { requestTimeMs: nowMs, requestedBy, reason, acknowledged, forceTimeMs };
  const afterStop = afterStopOf(job, event);
  return update(
    job,
    {
      desiredState: afterStop.kind === "stopped" ? "stopped" : job.status.desiredState,
      nextRunTimeMs: goesOn(afterStop) ? job.status.nextRunTimeMs : undefined,
      currentRun: { ...current, stopping },
      reason: stoppingReason[afterStop.kind],
      message: withReason("Asked to stop", event),
    },
    { afterStop, owed: goesOn(afterStop) ? job.owed : undefined },
  );
}

export function stopForDrain(job: Job, event: { graceMs: number }, context: Context): Transition {
  const graceMs = Math.min(event.graceMs, context.type.stopGraceMs);
  const stop = { requestedBy: "", reason: "The server shuts down", graceMs };
  return askToStop(job, { kind: "lost" }, { stop, nowMs: context.nowMs });
}

/** It is stopping already; what was to follow has to wait for the next server. */
export function drainStopping(job: Job, event: { graceMs: number }, context: Context): Transition {
  const current = runOf(job);
  if (current.stopping === undefined) return unchanged;
  const forceTimeMs = Math.min(current.stopping.forceTimeMs, context.nowMs + event.graceMs);
  const sooner = update(job, { currentRun: { ...current, stopping: { ...current.stopping, forceTimeMs } } });
  const { afterStop } = job;
  // What was to follow it would begin only when no work may begin any more.
  if (afterStop?.kind === "timed-out" && context.type.hasFallback && current.fallback === undefined)
    return changed(update(sooner, {}, { afterStop: { kind: "lost" } }));
  if (afterStop?.kind !== "replaced") return job.forced ? unchanged : changed(sooner);
  const next = startSchedule(assign(sooner, afterStop.by), context);
  const owed = firstOccasion(next, { ...context, command: afterStop.by.command });
  return changed(update(next, {}, { afterStop: { kind: "lost" }, owed }));
}

interface StopOrder {
  readonly requestedBy: string;
  readonly reason: string;
  readonly graceMs: number;
  readonly force?: boolean;
}

export function askToStop(
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
      message: withReason("Asked to stop", stop),
      // A job that is to be stopped has no next time, whatever its schedule says.
      nextRunTimeMs: goesOn(afterStop) ? job.status.nextRunTimeMs : undefined,
    },
    { afterStop, forced, owed: goesOn(afterStop) ? job.owed : undefined },
  );
  const effects: Effect[] = [{ kind: "stopRun", runId: current.runId }];
  if (forced) effects.push({ kind: "killRun", runId: current.runId });
  return changed(next, effects);
}

/** Its schedule is still in force: in this server, or in the next one. */
function goesOn({ kind }: AfterStop): boolean {
  return kind === "scheduled" || kind === "timed-out" || kind === "lost";
}

const stoppingReason: Readonly<Record<AfterStop["kind"], string>> = {
  stopped: "STOP_REQUESTED",
  scheduled: "RUN_CANCELLED",
  replaced: "REPLACING",
  "timed-out": "TIMED_OUT",
  lost: "DRAINING",
};

export function force(job: Job, _event: unknown, { nowMs }: Context): Transition {
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

export function acknowledge(job: Job): Transition {
  const acknowledged = withAcknowledgement(job);
  return acknowledged === job ? unchanged : changed(acknowledged);
}

export function withAcknowledgement(job: Job): Job {
  const current = runOf(job);
  if (current.stopping === undefined || current.stopping.acknowledged) return job;
  return update(job, { currentRun: { ...current, stopping: { ...current.stopping, acknowledged: true } } });
}
