import { DesiredState, JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { isSettled } from "../words/states.ts";

export type CommandKind = "start" | "stop" | "force" | "pause" | "resume" | "trigger";

/** Undefined: it can be asked for. Otherwise why it would be refused, or change nothing. */
export function obstacle(
  kind: CommandKind,
  { state, desiredState, schedule }: JobStatus,
): string | undefined {
  switch (kind) {
    case "start":
      return undefined;
    case "stop":
      if (state === JobState.STOPPING) return "It is stopping already";
      return isSettled(state) ? "It does not run" : undefined;
    case "force":
      return state === JobState.STOPPING ? undefined : "Only while it is stopping; Stop can be by force too";
    case "pause":
      if (state === JobState.PAUSED || desiredState === DesiredState.PAUSED) return "It is paused already";
      if (isSettled(state) || state === JobState.STOPPING) return "It is not active";
      return schedule === undefined && state !== JobState.PENDING
        ? "It runs once: stop it instead"
        : undefined;
    case "resume":
      return desiredState === DesiredState.PAUSED ? undefined : "It is not paused";
    case "trigger":
      if (schedule === undefined) return "It has no schedule: start it instead";
      return isSettled(state) || state === JobState.STOPPING ? "It is not active" : undefined;
  }
}
