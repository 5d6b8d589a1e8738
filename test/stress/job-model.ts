import type { JobState } from "../../src/job/job-state.ts";
import type { Command } from "./commands.ts";

/** A job as a user thinks of it: no revisions, no runner, no clock. */
export interface ModelJob {
  readonly state: JobState;
  readonly desiredState: "running" | "stopped";
  readonly executionCount: number;
  /** How many commands have changed it. */
  readonly generation: number;
  /** The run that is being stopped has been ended by force. */
  readonly forced: boolean;
  /** Its next run begins when the one that is being stopped has ended. */
  readonly replaced: boolean;
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
      readonly started: boolean | undefined;
      readonly job: ModelJob | undefined;
    };

/** How a job that is a declared type begins. */
export const neverStarted: ModelJob = {
  state: "stopped",
  desiredState: "stopped",
  executionCount: 0,
  generation: 0,
  forced: false,
  replaced: false,
};

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
    return job === undefined
      ? refused(job, "JOB_NOT_FOUND")
      : answered(job, "applied", { started: undefined });
  if (command.generation !== undefined && command.generation !== job?.generation)
    return refused(job, "ETAG_MISMATCH");
  const step = command.kind === "start" ? start(job, command) : stop(job, command);
  return command.validateOnly ? { ...step, job } : step;
}

/** What the end of a run makes of a job; nothing, where that run is over already. */
export function endRun(job: ModelJob | undefined, { execution, failed }: RunEnd): ModelJob | undefined {
  if (job === undefined || job.executionCount !== execution) return job;
  if (job.state === "running") return { ...job, state: failed ? "failed" : "succeeded" };
  if (job.state !== "stopping") return job;
  const over = { ...job, forced: false, replaced: false };
  return job.replaced ? begin(over) : { ...over, state: "stopped" };
}

type Start = Extract<Command, { kind: "start" }>;
type Stop = Extract<Command, { kind: "stop" }>;

function start(existing: ModelJob | undefined, { conflictPolicy }: Start): ModelStep {
  const job = existing ?? neverStarted;
  const isActive = job.state === "running" || job.state === "stopping";
  if (!isActive) return changed(begin(counted(job)), true);
  if (conflictPolicy === "fail") return refused(job, "JOB_RUNNING");
  if (conflictPolicy === "replace")
    return changed({ ...counted(job), state: "stopping", desiredState: "running", replaced: true }, true);
  if (job.desiredState === "running") return answered(job, "no-change", { started: false });
  return refused(job, "WRONG_STATE");
}

function stop(job: ModelJob | undefined, { scope, force }: Stop): ModelStep {
  if (job === undefined) return refused(job, "JOB_NOT_FOUND");
  const stopped = { state: "stopping", desiredState: "stopped", replaced: false } as const;
  if (job.state === "running") return changed({ ...counted(job), ...stopped, forced: force }, false);
  const overrules = scope === "job" && job.desiredState !== "stopped";
  const forces = force && !job.forced;
  if (job.state !== "stopping" || !(overrules || forces))
    return answered(job, "no-change", { started: false });
  const next = overrules ? { ...counted(job), ...stopped } : counted(job);
  return changed({ ...next, forced: job.forced || forces }, false);
}

function counted(job: ModelJob): ModelJob {
  return { ...job, generation: job.generation + 1 };
}

function begin(job: ModelJob): ModelJob {
  const { executionCount } = job;
  return { ...job, state: "running", desiredState: "running", executionCount: executionCount + 1 };
}

function changed(job: ModelJob, started: boolean): ModelStep {
  return answered(job, "applied", { started });
}

function answered(
  job: ModelJob,
  outcome: "applied" | "no-change",
  { started }: { started: boolean | undefined },
): ModelStep {
  return { job, answer: { outcome, started, job } };
}

function refused(job: ModelJob | undefined, refusal: string): ModelStep {
  return { job, answer: { refusal } };
}
