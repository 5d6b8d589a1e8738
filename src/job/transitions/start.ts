import { assertNever } from "../assert-never.ts";
import type { Job } from "../job.ts";
import type { Context, StartEvent, Transition } from "../job-event.ts";
import {
  alreadyRunning,
  assign,
  changed,
  countCommand,
  firstOccasion,
  startSchedule,
  unchanged,
  update,
  waitForTime,
  wrongState,
} from "./job-update.ts";
import { resume } from "./pause.ts";
import { askToStop } from "./stop.ts";
import { beginOrSchedule } from "./turn.ts";

/** Transitions that a Start brings about. */
export function begin(job: Job, event: StartEvent, context: Context): Transition {
  const started = startSchedule(countCommand(assign(job, event)), context);
  return beginOrSchedule(update(started, { desiredState: "running" }), context);
}

export function startScheduled(job: Job, event: StartEvent, context: Context): Transition {
  switch (event.conflictPolicy) {
    case "use-existing":
      return unchanged;
    case "fail":
      return alreadyRunning(job);
    case "replace":
      return begin(job, event, context);
    default:
      return assertNever(event.conflictPolicy);
  }
}

/** It keeps its place in the queue, whatever it is to do when its turn comes. */
export function startPending(job: Job, event: StartEvent, context: Context): Transition {
  if (event.conflictPolicy === "fail") return alreadyRunning(job);
  if (event.conflictPolicy === "use-existing") return resume(job, event, context);
  const replaced = startSchedule(countCommand(assign(job, event)), context);
  const wanted = update(replaced, { desiredState: "running" });
  const owed = firstOccasion(wanted, context);
  return owed === undefined ? waitForTime(wanted) : changed(update(wanted, {}, { owed }));
}

export function startPaused(job: Job, event: StartEvent, context: Context): Transition {
  return event.conflictPolicy === "replace" ? begin(job, event, context) : resume(job, event, context);
}

export function startRunning(job: Job, event: StartEvent, context: Context): Transition {
  switch (event.conflictPolicy) {
    case "use-existing":
      return resume(job, event, context);
    case "fail":
      return alreadyRunning(job);
    case "replace": {
      const { requestedBy } = event;
      const stop = { requestedBy, reason: "Replaced by a later Start", graceMs: context.type.stopGraceMs };
      const wanted = update(countCommand(job), { desiredState: "running" });
      return askToStop(
        wanted,
        { kind: "replaced", by: { ...event, command: context.command } },
        { stop, nowMs: context.nowMs },
      );
    }
    default:
      return assertNever(event.conflictPolicy);
  }
}

export function startStopping(job: Job, event: StartEvent, context: Context): Transition {
  if (event.conflictPolicy === "fail") return alreadyRunning(job);
  if (event.conflictPolicy === "replace") {
    return changed(
      update(
        countCommand(job),
        { desiredState: "running", reason: "REPLACING", nextRunTimeMs: undefined },
        { afterStop: { kind: "replaced", by: { ...event, command: context.command } }, owed: undefined },
      ),
    );
  }
  if (job.status.desiredState === "stopped") return wrongState("Job is being stopped", job);
  return resume(job, event, context);
}
