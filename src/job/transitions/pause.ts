import type { Job } from "../job.ts";
import type { Context, JobEvent, Transition } from "../job-event.ts";
import {
  alreadyRunning,
  changed,
  countCommand,
  nextTimeOf,
  setNextTime,
  unchanged,
  update,
  withReason,
  wrongState,
} from "./job-update.ts";
import { beginOrWait, cancelForNext } from "./turn.ts";

/** Transitions of Pause, Resume and Trigger: who decides when a job's schedule counts. */
type Pause = Extract<JobEvent, { kind: "pause" }>;

/** Nothing runs: from now on nothing will. */
export function pause(job: Job, event: Pause): Transition {
  return changed(
    update(
      countCommand(job),
      {
        state: "paused",
        desiredState: "paused",
        nextRunTimeMs: undefined,
        reason: "PAUSED",
        message: withReason("Paused", event),
      },
      { owed: undefined, pausedFor: event.reason },
    ),
  );
}

/** The run goes on to its end, and no other follows. */
export function pauseRunning(job: Job, event: Pause): Transition {
  const { schedule, desiredState } = job.status;
  if (schedule === undefined) return wrongState("A run cannot be paused, and the job has no schedule", job);
  if (desiredState === "paused") return unchanged;
  const message = withReason("To be paused when this run has ended", event);
  return changed(
    update(
      countCommand(job),
      { desiredState: "paused", nextRunTimeMs: undefined, reason: "PAUSE_REQUESTED", message },
      { owed: undefined, pausedFor: event.reason },
    ),
  );
}

export function pauseStopping(job: Job, event: Pause): Transition {
  if (!goesOnAfterStop(job)) return wrongState("Job is being stopped", job);
  const { reason, message } = job.status;
  const paused = pauseRunning(job, event);
  // What is told of the run is still that it is being cancelled.
  return paused.kind === "changed" ? changed(update(paused.job, { reason, message })) : paused;
}

/** Only the run is being ended, and the schedule goes on. */
function goesOnAfterStop({ afterStop }: Job): boolean {
  return afterStop?.kind === "scheduled" || afterStop?.kind === "timed-out";
}

export function pauseSettled(job: Job): Transition {
  return wrongState("Job is not active", job);
}

/** Gives a paused job its schedule back, or its run; any other active job is as asked. */
export function resume(job: Job, _event: unknown, context: Context): Transition {
  const { desiredState, state, schedule, reason, message } = job.status;
  if (desiredState !== "paused") return unchanged;
  const counted = update(countCommand(job), { desiredState: "running" }, { pausedFor: undefined });
  const wanted = setNextTime(counted, nextTimeOf(counted, context), context);
  if (state !== "paused") {
    const told = reason === "PAUSE_REQUESTED" ? { reason: "", message: "Running" } : { reason, message };
    return changed(update(wanted, told));
  }
  if (schedule === undefined) return beginOrWait(wanted, { command: context.command }, context);
  return changed(update(wanted, { state: "scheduled", reason: "RESUMED", message: "Resumed" }));
}

export function resumeStopping(job: Job, event: unknown, context: Context): Transition {
  if (job.status.desiredState === "stopped") return wrongState("Job is being stopped", job);
  return resume(job, event, context);
}

export function resumeSettled(job: Job): Transition {
  return wrongState("Job is not active", job);
}

/** A run now, beside the schedule: its times stay as they are. */
export function trigger(job: Job, _event: unknown, context: Context): Transition {
  if (job.status.schedule === undefined) return noSchedule(job);
  return beginOrWait(countCommand(job), { command: context.command }, context);
}

/** While a run goes on, the schedule's overlap policy says what becomes of another. */
export function triggerRunning(job: Job, _event: unknown, { type, nowMs, command }: Context): Transition {
  const { schedule, state } = job.status;
  if (schedule === undefined) return noSchedule(job);
  if (state === "stopping" && !goesOnAfterStop(job)) return wrongState("Job is being stopped", job);
  if (schedule.overlap === "skip") return alreadyRunning(job);
  if (job.owed !== undefined) return unchanged;
  const owing = update(countCommand(job), {}, { owed: { command } });
  if (schedule.overlap === "buffer-one" || state === "stopping") return changed(owing);
  return cancelForNext(owing, { reason: "Triggered again", graceMs: type.stopGraceMs }, nowMs);
}

/** It waits for its turn already. */
export function triggerPending(job: Job): Transition {
  return job.status.schedule === undefined ? noSchedule(job) : unchanged;
}

export function triggerSettled(job: Job): Transition {
  return wrongState("Job is not active", job);
}

function noSchedule(job: Job): Transition {
  return wrongState("Job has no schedule to trigger", job);
}
