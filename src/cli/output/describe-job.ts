import type { CommandReceipt } from "../../../gen/jobcontrol/v1/command_pb.ts";
import { CommandReceipt_Outcome } from "../../../gen/jobcontrol/v1/command_pb.ts";
import { DesiredState, JobState, type JobStatus, type Progress } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { dim, plain, styled } from "./style.ts";
import { millisecondsOf, relative, span } from "./times.ts";

/** `running`, `scheduled`: a state as a person says it. */
export function stateName(state: JobState): string {
  const name = Object.entries(JobState).find(([, number]) => number === state)?.[0];
  return state === JobState.UNSPECIFIED || name === undefined ? "absent" : name.toLowerCase();
}

/** The state with its colour, padded to `width` before it is coloured. */
export function stateText(state: JobState, width = 0): string {
  const text = stateName(state).padEnd(width);
  switch (state) {
    case JobState.RUNNING:
    case JobState.RETRYING:
      return styled("cyan", text);
    case JobState.SUCCEEDED:
      return styled("green", text);
    case JobState.FAILED:
    case JobState.LOST:
      return styled("red", text);
    case JobState.STOPPING:
    case JobState.PENDING:
      return styled("yellow", text);
    default:
      return text;
  }
}

/** A job in a few lines, one fact each. */
export function describeJob(status: JobStatus): string {
  const { counters, currentRun: run } = status;
  const facts: [string, string | undefined][] = [
    ["type", status.jobType],
    ["asked", desiredName(status.desiredState)],
    ["why", plain(status.message) + (status.reason === "" ? "" : dim(` ${status.reason}`))],
    ["runs", `${status.executionCount}${countersText(counters)}`],
    ["last", relative(status.lastExecutionTime)],
    ["next", relative(status.nextRunTime)],
    ["progress", run?.progress && progressText(run.progress)],
    ["error", run?.error && `${run.error.reason}: ${plain(run.error.message)}`],
    ["exit", run?.exitCode ? String(run.exitCode) : undefined],
    [
      "labels",
      Object.entries(status.labels)
        .map(([key, value]) => `${key}=${plain(value)}`)
        .join(" "),
    ],
  ];
  const shown = facts.filter(([, text]) => text !== undefined && text !== "");
  const lines = shown.map(([name, text]) => `  ${dim(name.padEnd(8))} ${text}`);
  return [`${styled("bold", status.jobId)}  ${stateText(status.state)}`, ...lines].join("\n");
}

/** `42 % 120/285 files hashing` */
export function progressText({ current, total, unit, message, stage }: Progress): string {
  const share = total > 0 ? `${Math.floor((current / total) * 100)} %` : "";
  const count = total > 0 ? `${current}/${total}` : String(current);
  return [share, count, plain(unit), plain(stage), plain(message)].filter((part) => part !== "").join(" ");
}

/** `applied in 1.2 ms (queue 0.3 ms)`: what became of a command, and where its time went. */
export function describeReceipt(receipt: CommandReceipt | undefined): string {
  if (receipt === undefined) return "";
  const { outcome, spaceWait, queueWait, tokenWait, replayed } = receipt;
  const waits = [
    ["room", spaceWait],
    ["queue", queueWait],
    ["token", tokenWait],
  ] as const;
  const told = waits.flatMap(([name, wait]) =>
    wait && millisecondsOf(wait) >= 0.1 ? [`${name} ${span(millisecondsOf(wait))}`] : [],
  );
  const total = waits.reduce((sum, [, wait]) => sum + (wait ? millisecondsOf(wait) : 0), 0);
  const name = Object.entries(CommandReceipt_Outcome).find(([, number]) => number === outcome)?.[0] ?? "";
  const where = told.length > 0 ? ` (${told.join(", ")})` : "";
  return dim(
    `${name.toLowerCase().replaceAll("_", " ")} after ${span(total)}${where}${replayed ? ", answered before" : ""}`,
  );
}

function desiredName(desired: DesiredState): string {
  const name = Object.entries(DesiredState).find(([, number]) => number === desired)?.[0] ?? "";
  return name.toLowerCase();
}

function countersText(counters: JobStatus["counters"]): string {
  if (counters === undefined) return "";
  const { succeeded, failed, stopped, skippedOverlap, missed } = counters;
  const parts = Object.entries({ succeeded, failed, stopped, skipped: skippedOverlap, missed });
  const told = parts.filter(([, count]) => count > 0n).map(([name, count]) => `${count} ${name}`);
  return told.length > 0 ? dim(` (${told.join(", ")})`) : "";
}
