import { assertNever } from "../assert-never.ts";
import type { Assignment, Job } from "../job.ts";
import type { Context, StartEvent, Transition } from "../job-event.ts";
import { alreadyRunning, assign, changed, countCommand, rejected, unchanged, update } from "./job-update.ts";
import { beginRun } from "./run.ts";
import { askToStop } from "./stop.ts";

/** Transitions that a Start brings about. */
export function begin(job: Job, event: Assignment, context: Context): Transition {
  return beginRun(countCommand(assign(job, event)), context.nowMs, context);
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

export function startRunning(job: Job, event: StartEvent, context: Context): Transition {
  if (event.conflictPolicy !== "replace") return startScheduled(job, event, context);
  const { requestedBy } = event;
  const stop = { requestedBy, reason: "Replaced by a later Start", graceMs: context.type.stopGraceMs };
  return askToStop(countCommand(job), { kind: "replaced", by: event }, { stop, nowMs: context.nowMs });
}

export function startStopping(job: Job, event: StartEvent): Transition {
  if (event.conflictPolicy === "fail") return alreadyRunning(job);
  if (event.conflictPolicy === "replace") {
    return changed(
      update(
        countCommand(job),
        { desiredState: "running", reason: "REPLACING" },
        { afterStop: { kind: "replaced", by: event } },
      ),
    );
  }
  if (job.status.desiredState === "running") return unchanged;
  return rejected("WRONG_STATE", `Job is being stopped: ${job.status.jobId}`, job);
}
