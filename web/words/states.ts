import { DesiredState, JobState } from "../../gen/jobcontrol/v1/job_pb.ts";

/** How a state looks: its word, the tone of its colour, and the shape that says the same without colour. */
export interface StateLook {
  readonly word: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

export type Tone = "active" | "good" | "bad" | "warning" | "quiet";

export type Shape =
  | "ring"
  | "clock"
  | "play"
  | "again"
  | "bars"
  | "hollow-square"
  | "square"
  | "check"
  | "cross"
  | "question";

/** In the order in which an operator wants to see them. */
export const states: readonly JobState[] = [
  JobState.FAILED,
  JobState.LOST,
  JobState.RETRYING,
  JobState.RUNNING,
  JobState.STOPPING,
  JobState.PENDING,
  JobState.SCHEDULED,
  JobState.PAUSED,
  JobState.SUCCEEDED,
  JobState.STOPPED,
];

export function lookOf(state: JobState): StateLook {
  return looks[state] ?? { word: "unknown", tone: "quiet", shape: "question" };
}

const looks: Partial<Record<JobState, StateLook>> = {
  [JobState.PENDING]: { word: "pending", tone: "quiet", shape: "ring" },
  [JobState.SCHEDULED]: { word: "scheduled", tone: "quiet", shape: "clock" },
  [JobState.RUNNING]: { word: "running", tone: "active", shape: "play" },
  [JobState.RETRYING]: { word: "retrying", tone: "warning", shape: "again" },
  [JobState.PAUSED]: { word: "paused", tone: "warning", shape: "bars" },
  [JobState.STOPPING]: { word: "stopping", tone: "warning", shape: "hollow-square" },
  [JobState.STOPPED]: { word: "stopped", tone: "quiet", shape: "square" },
  [JobState.SUCCEEDED]: { word: "succeeded", tone: "good", shape: "check" },
  [JobState.FAILED]: { word: "failed", tone: "bad", shape: "cross" },
  [JobState.LOST]: { word: "lost", tone: "bad", shape: "question" },
};

/** Nothing more happens by itself. */
export function isSettled(state: JobState): boolean {
  return (
    state === JobState.STOPPED ||
    state === JobState.SUCCEEDED ||
    state === JobState.FAILED ||
    state === JobState.LOST
  );
}

/** What a job says of itself, unless that is no more than the name of its state. */
export function saidBy({ state, message }: { readonly state: JobState; readonly message: string }): string {
  return empty.has(message) || message.toLowerCase() === lookOf(state).word ? "" : message;
}

/** What the server says where the work has said nothing. */
const empty: ReadonlySet<string> = new Set(["Completed", "Never started"]);

/** What callers want, where the job is not there yet; undefined where it is. */
export function wish(state: JobState, desired: DesiredState): string | undefined {
  if (desired === DesiredState.PAUSED && state !== JobState.PAUSED) return "asked to pause";
  if (desired === DesiredState.RUNNING && state === JobState.STOPPING) return "then runs again";
  return undefined;
}
