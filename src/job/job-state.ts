/**
 * The states of a job and what can be asked of a state. A state in `-ing` resolves by itself; a settled one
 * stays until somebody starts the job again. How one state follows another: `state-machine.ts`.
 */
export type JobState =
  | "pending"
  | "scheduled"
  | "running"
  | "retrying"
  | "paused"
  | "stopping"
  | "stopped"
  | "succeeded"
  | "failed"
  | "lost";

export type DesiredState = "running" | "paused" | "stopped";

/** True for a job that does nothing more until it is started again. */
export function isSettled(state: JobState): boolean {
  return state === "stopped" || state === "succeeded" || state === "failed" || state === "lost";
}

/** True for a job that waits for its time, or to be resumed. */
export function isAtRest(state: JobState): boolean {
  return state === "scheduled" || state === "paused";
}

/** True while one of its type's slots is taken by a run of the job. */
export function hasRun(state: JobState): boolean {
  return state === "running" || state === "stopping" || state === "retrying";
}

/** True for a job that runs, or that will by its schedule. */
export function isRunning(state: JobState): boolean {
  return state === "running" || state === "retrying" || state === "stopping" || state === "scheduled";
}
