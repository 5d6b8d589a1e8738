import { alarmOf, type Job } from "./job.ts";
import type { Context, JobEvent, Transition } from "./job-event.ts";
import type { JobState } from "./job-state.ts";
import { circuitAfter } from "./transitions/breaker.ts";
import { followType } from "./transitions/follow-type.ts";
import { changed, unchanged } from "./transitions/job-update.ts";
import {
  pause,
  pauseRunning,
  pauseSettled,
  pauseStopping,
  resume,
  resumeSettled,
  resumeStopping,
  trigger,
  triggerPending,
  triggerRunning,
  triggerSettled,
} from "./transitions/pause.ts";
import {
  recoverLost,
  recoverRetrying,
  recoverRunning,
  recoverStopping,
  recoverWaiting,
} from "./transitions/recover.ts";
import {
  overlapRetrying,
  retryNow,
  startRetrying,
  stopRetrying,
  triggerRetrying,
} from "./transitions/retry.ts";
import { finish, finishStopped, report } from "./transitions/run.ts";
import {
  begin,
  startPaused,
  startPending,
  startRunning,
  startScheduled,
  startStopping,
} from "./transitions/start.ts";
import {
  acknowledge,
  drainStopping,
  force,
  stopForDrain,
  stopIdle,
  stopRunning,
  stopStopping,
} from "./transitions/stop.ts";
import { timeOut } from "./transitions/time-out.ts";
import { evict, overlap, runDue, takeSlot } from "./transitions/turn.ts";

/**
 * The life of a job as one pure function: what a job becomes when something happens to it, and what has to be
 * done about it. The supervisor calls it for every command and every event; nothing here reads a clock, makes
 * an id or starts anything. Read the table first: a row for each state, a column for each event; what is not in
 * the table changes nothing.
 */
type Transitions = Readonly<Partial<Record<JobState, Row>>>;
type Row = { readonly [K in JobEvent["kind"]]?: Action<Extract<JobEvent, { kind: K }>> };

// biome-ignore format: a table
const settled: Row = {
  start: begin, pause: pauseSettled, resume: resumeSettled, trigger: triggerSettled, expired: remove,
};

// biome-ignore format: a table
const transitions: Transitions = {
  stopped:   settled,
  succeeded: settled,
  failed:    settled,
  lost:      { ...settled, recovered: recoverLost },
  scheduled: { start: startScheduled, stop: stopIdle,     pause: pause,         resume: resume,         trigger: trigger,
               due: runDue,           recovered: recoverWaiting },
  paused:    { start: startPaused,    stop: stopIdle,                           resume: resume,         trigger: trigger,
               due: runDue },
  pending:   { start: startPending,   stop: stopIdle,     pause: pause,         resume: resume,         trigger: triggerPending,
               due: overlap,          slotFree: takeSlot, evicted: evict,        recovered: recoverWaiting },
  running:   { start: startRunning,   stop: stopRunning,  pause: pauseRunning,  resume: resume,         trigger: triggerRunning,
               due: overlap,          progressed: report, ended: finish,        drain: stopForDrain,    recovered: recoverRunning,
               timedOut: timeOut },
  retrying:  { start: startRetrying, stop: stopRetrying,  pause: pauseRunning,  resume: resume,         trigger: triggerRetrying,
               due: overlapRetrying,  retryDue: retryNow, recovered: recoverRetrying },
  stopping:  { start: startStopping,  stop: stopStopping, pause: pauseStopping, resume: resumeStopping, trigger: triggerRunning,
               due: overlap,          progressed: report, ended: finishStopped, drain: drainStopping,   recovered: recoverStopping,
               acknowledged: acknowledge, graceOver: force },
};

type Action<E> = (job: Job, event: E, context: Context) => Transition;

export function transition(job: Job, event: JobEvent, context: Context): Transition {
  const followed = event.kind === "recovered" ? followType(job, context) : job;
  const decided = act(followed, event, context);
  if (decided.kind === "unchanged" && followed !== job) return changed(followed);
  return decided.kind === "changed"
    ? { ...decided, circuit: circuitAfter(decided.effects, context) }
    : decided;
}

function act(job: Job, event: JobEvent, context: Context): Transition {
  const action = transitions[job.status.state]?.[event.kind] as Action<JobEvent> | undefined;
  return action === undefined || !concerns(job, event) ? unchanged : action(job, event, context);
}

/**
 * False for an event that comes too late: of a run that is over, of an alarm that was put off meanwhile, or of a time at
 * rest that was broken. That an alarm goes off is enough; the clock is not asked again, for it may have been put back.
 */
function concerns(job: Job, event: JobEvent): boolean {
  if ("runId" in event) return event.runId === job.status.currentRun?.runId;
  if (event.kind === "expired") return event.sinceMs === job.status.updateTimeMs;
  if (!("timeMs" in event)) return true;
  const alarm = alarmOf(job);
  return event.kind === alarm?.kind && event.timeMs === alarm.timeMs;
}

function remove(): Transition {
  return { kind: "removed" };
}
