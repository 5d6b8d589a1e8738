import type { Job } from "./job.ts";
import type { Context, JobEvent, Transition } from "./job-event.ts";
import type { JobState } from "./job-state.ts";
import { unchanged } from "./transitions/job-update.ts";
import { finish, finishStopped, report, runOnSchedule, skipTime } from "./transitions/run.ts";
import { begin, startRunning, startScheduled, startStopping } from "./transitions/start.ts";
import {
  acknowledge,
  force,
  stopForDrain,
  stopRunning,
  stopScheduled,
  stopStopping,
} from "./transitions/stop.ts";

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

function remove(): Transition {
  return { kind: "removed" };
}
