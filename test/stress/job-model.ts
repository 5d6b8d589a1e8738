import type { DesiredState, JobState } from "../../src/job/job-state.ts";
import type { Command } from "./commands.ts";

/** A job as a user thinks of it: no revisions, no runner, no clock. */
export interface ModelJob {
  /** Its time never comes while it is looked at; what else a schedule means for a job is part of the model. */
  readonly isScheduled: boolean;
  readonly state: JobState;
  readonly desiredState: DesiredState;
  readonly executionCount: number;
  /** How many commands have changed it. */
  readonly generation: number;
  /** The run that is being stopped has been ended by force. */
  readonly forced: boolean;
  /** What follows when the run that is being stopped has ended. */
  readonly afterStop?: "stopped" | "schedule" | "next-run" | undefined;
}

/** What becomes of a job, and what its caller hears. */
export interface ModelStep {
  readonly job: ModelJob | undefined;
  readonly answer: ModelAnswer;
}

export type ModelAnswer =
  | { readonly refusal: string }
  | {
      readonly outcome: "applied" | "no-change";
      readonly started: boolean;
      readonly job: ModelJob | undefined;
    };

export function neverStarted(isScheduled: boolean): ModelJob {
  const state = "stopped" as const;
  return { isScheduled, state, desiredState: state, executionCount: 0, generation: 0, forced: false };
}

/** A run has ended, by itself or because it was stopped. */
export interface RunEnd {
  readonly kind: "run-end";
  readonly execution: number;
  readonly failed: boolean;
}

/** A command with the etag that it was sent with, as the generation that it stands for. */
export type ModelCommand = Command & { readonly generation?: number | undefined };

/** What a command comes to, applied to a job on its own. */
export function applyTo(job: ModelJob | undefined, command: ModelCommand): ModelStep {
  if (command.kind === "get-status")
    return job === undefined ? refused(job, "JOB_NOT_FOUND") : unchanged(job, "applied");
  if (command.generation !== undefined && command.generation !== job?.generation)
    return refused(job, "ETAG_MISMATCH");
  const step =
    command.kind === "start" ? start(job ?? neverStarted(false), command) : applyToOne(job, command);
  return command.validateOnly || "refusal" in step.answer ? { ...step, job } : step;
}

function applyToOne(job: ModelJob | undefined, command: Exclude<ModelCommand, Start | Read>): ModelStep {
  if (job === undefined) return refused(job, "JOB_NOT_FOUND");
  switch (command.kind) {
    case "stop":
      return stop(job, command);
    case "pause":
      return pause(job);
    case "resume":
      return resume(job);
    case "trigger":
      return trigger(job);
  }
}

/** What the end of a run makes of a job; nothing, where that run is over already. */
export function endRun(job: ModelJob | undefined, { execution, failed }: RunEnd): ModelJob | undefined {
  if (job === undefined || job.executionCount !== execution) return job;
  if (job.state === "running") return { ...job, state: stateAfterRun(job, failed ? "failed" : "succeeded") };
  if (job.state !== "stopping") return job;
  const over = { ...job, forced: false, afterStop: undefined };
  switch (job.afterStop) {
    case "next-run":
      return begin(over);
    case "schedule":
      return { ...over, state: stateAfterRun(job, "stopped") };
    default:
      return { ...over, state: "stopped" };
  }
}

function stateAfterRun({ isScheduled, desiredState }: ModelJob, settled: JobState): JobState {
  if (!isScheduled) return settled;
  return desiredState === "paused" ? "paused" : "scheduled";
}

type Start = Extract<Command, { kind: "start" }>;
type Stop = Extract<Command, { kind: "stop" }>;
type Read = Extract<Command, { kind: "get-status" }>;

function start(job: ModelJob, { conflictPolicy }: Start): ModelStep {
  const wanted = { ...counted(job), desiredState: "running" } as const;
  if (isSettled(job)) return changed(begin(wanted), true);
  if (job.state === "paused" && conflictPolicy === "fail") return resumed(job, true);
  if (conflictPolicy === "fail") return refused(job, "JOB_RUNNING");
  if (conflictPolicy === "use-existing") {
    return job.desiredState === "stopped" ? refused(job, "WRONG_STATE") : resumed(job, true);
  }
  if (job.state === "paused" || job.state === "scheduled") return changed(begin(wanted), true);
  return changed({ ...wanted, state: "stopping", afterStop: "next-run" }, true);
}

function stop(job: ModelJob, { scope, force }: Stop): ModelStep {
  const stopped = { ...counted(job), desiredState: "stopped" } as const;
  const onlyRun = scope === "current-run";
  if (isSettled(job)) return unchanged(job);
  if (job.state === "paused" || job.state === "scheduled")
    return onlyRun ? unchanged(job) : changed({ ...stopped, state: "stopped" });
  if (job.state === "running")
    return onlyRun && job.isScheduled
      ? changed({ ...counted(job), state: "stopping", forced: force, afterStop: "schedule" })
      : changed({ ...stopped, state: "stopping", forced: force, afterStop: "stopped" });
  const overrules = !onlyRun && job.desiredState !== "stopped";
  const forces = force && !job.forced;
  if (!overrules && !forces) return unchanged(job);
  const next: ModelJob = overrules ? { ...stopped, afterStop: "stopped" } : counted(job);
  return changed({ ...next, forced: job.forced || forces });
}

function pause(job: ModelJob): ModelStep {
  if (isSettled(job) || !job.isScheduled) return refused(job, "WRONG_STATE");
  if (job.state === "stopping" && job.afterStop !== "schedule") return refused(job, "WRONG_STATE");
  if (job.desiredState === "paused") return unchanged(job);
  const state = job.state === "scheduled" ? "paused" : job.state;
  return changed({ ...counted(job), desiredState: "paused", state });
}

function resume(job: ModelJob): ModelStep {
  if (isSettled(job) || job.desiredState === "stopped") return refused(job, "WRONG_STATE");
  return resumed(job);
}

function resumed(job: ModelJob, started = false): ModelStep {
  if (job.desiredState !== "paused") return unchanged(job);
  const state = job.state === "paused" ? "scheduled" : job.state;
  return changed({ ...counted(job), desiredState: "running", state }, started);
}

function trigger(job: ModelJob): ModelStep {
  if (isSettled(job) || !job.isScheduled) return refused(job, "WRONG_STATE");
  if (job.state === "paused" || job.state === "scheduled") return changed(begin(counted(job)));
  const isOver = job.state === "stopping" && job.afterStop !== "schedule";
  return refused(job, isOver ? "WRONG_STATE" : "JOB_RUNNING");
}

function isSettled({ state }: ModelJob): boolean {
  return state === "stopped" || state === "succeeded" || state === "failed";
}

function counted(job: ModelJob): ModelJob {
  return { ...job, generation: job.generation + 1 };
}

function begin(job: ModelJob): ModelJob {
  return { ...job, state: "running", executionCount: job.executionCount + 1 };
}

function changed(job: ModelJob, started = false): ModelStep {
  return { job, answer: { outcome: "applied", started, job } };
}

function unchanged(job: ModelJob, outcome: "applied" | "no-change" = "no-change"): ModelStep {
  return { job, answer: { outcome, started: false, job } };
}

function refused(job: ModelJob | undefined, refusal: string): ModelStep {
  return { job, answer: { refusal } };
}
