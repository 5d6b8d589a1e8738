import {
  type CommandReceipt,
  CommandReceipt_Outcome as Outcome,
} from "../../../gen/jobcontrol/v1/command_pb.ts";
import {
  DesiredState,
  JobState,
  type JobStatus,
  type Progress,
  type RunStatus,
} from "../../../gen/jobcontrol/v1/job_pb.ts";
import { dim, type Format, plain, styled } from "./style.ts";
import { millisecondsOf, relative, span } from "./times.ts";

/** `running`, `scheduled`: a state as a person says it. */
export function stateName(state: JobState): string {
  const name = Object.entries(JobState).find(([, number]) => number === state)?.[0];
  return state === JobState.UNSPECIFIED || name === undefined ? "absent" : name.toLowerCase();
}

/** The state with its colour, padded to `width` before it is coloured. */
export function stateText(state: JobState, width = 0): string {
  return styled(stateFormat(state), stateName(state).padEnd(width));
}

/** The colour of a state. */
export function stateFormat(state: JobState): Format {
  switch (state) {
    case JobState.RUNNING:
    case JobState.RETRYING:
      return "cyan";
    case JobState.SUCCEEDED:
      return "green";
    case JobState.FAILED:
    case JobState.LOST:
      return "red";
    case JobState.STOPPING:
    case JobState.PENDING:
      return "yellow";
    default:
      return [];
  }
}

/** A job in a few lines, one fact each. */
export function describeJob(status: JobStatus): string {
  const { counters, currentRun: run } = status;
  const facts: Fact[] = [
    ["type", status.jobType === status.jobId ? "" : status.jobType],
    ["wanted", wanted(status)],
    ["message", messageText(status)],
    ["runs", `${status.executionCount}${countersText(counters)}`],
    ["last run", relative(status.lastExecutionTime)],
    ["took", took(run)],
    ["next run", relative(status.nextRunTime)],
    ["next try", attemptText(run)],
    ["progress", run?.progress && progressText(run.progress)],
    ["error", run?.error && `${run.error.reason}: ${plain(run.error.message)}`],
    [
      "fallback",
      run?.fallback?.cause && `after ${run.fallback.cause.reason}: ${plain(run.fallback.cause.message)}`,
    ],
    ["exit", run?.exitCode ? String(run.exitCode) : undefined],
    [
      "labels",
      Object.entries(status.labels)
        .map(([key, value]) => `${key}=${plain(value)}`)
        .join(" "),
    ],
    ["input", status.input && plain(JSON.stringify(status.input))],
    ["result", status.result && plain(JSON.stringify(status.result))],
  ];
  return [`${styled("bold", status.jobId)}  ${stateText(status.state)}`, ...factLines(facts)].join("\n");
}

/** What a run that was watched to its end has not told yet: how long it took, and its result. */
export function describeEnd({ currentRun, result }: JobStatus): string {
  return factLines([
    ["took", took(currentRun)],
    ["result", result && plain(JSON.stringify(result))],
  ]).join("\n");
}

/** A name and what is to be said; nothing where there is nothing. */
type Fact = readonly [name: string, text: string | undefined];

/** A line a fact, those left out of which there is nothing to say. */
export function factLines(facts: readonly Fact[]): string[] {
  const shown = facts.filter(([, text]) => text !== undefined && text !== "");
  return shown.map(([name, text]) => `  ${dim(name.padEnd(8))} ${text}`);
}

/** `42 % 120/285 files hashing` */
export function progressText({ current, total, unit, message, stage }: Progress): string {
  const share = total > 0 ? `${Math.floor((current / total) * 100)} %` : "";
  const count = total > 0 ? `${current}/${total}` : String(current);
  return [share, count, plain(unit), plain(stage), plain(message)].filter((part) => part !== "").join(" ");
}

/** `applied after 1.2 ms (queue 0.3 ms)`: what became of a command, and where its time went. */
export function describeReceipt(receipt: CommandReceipt | undefined): string {
  if (receipt === undefined) return "";
  const { commandId, outcome, replayed } = receipt;
  const name = outcomeName(outcome);
  const line = `${name} after ${describeWaits(receipt)}${replayed ? ", answered before" : ""}`;
  return dim(outcome === Outcome.ACCEPTED ? `${line}; see jobctl status --command ${commandId}` : line);
}

/** `no change`: an outcome as a person says it. */
export function outcomeName(outcome: Outcome): string {
  const name = Object.entries(Outcome).find(([, number]) => number === outcome)?.[0] ?? "";
  return name.toLowerCase().replaceAll("_", " ");
}

/** `1.2 ms (queue 0.3 ms, token 0.9 ms)` */
export function describeWaits({ spaceWait, queueWait, tokenWait }: CommandReceipt): string {
  const waits = [
    ["room", spaceWait],
    ["queue", queueWait],
    ["token", tokenWait],
  ] as const;
  const told = waits.flatMap(([name, wait]) =>
    wait && millisecondsOf(wait) >= 0.1 ? [`${name} ${span(millisecondsOf(wait))}`] : [],
  );
  const total = waits.reduce((sum, [, wait]) => sum + (wait ? millisecondsOf(wait) : 0), 0);
  return `${span(total)}${told.length > 0 ? ` (${told.join(", ")})` : ""}`;
}

/** Where callers want the job to be, if its state does not say so already. */
function wanted({ state, desiredState }: JobStatus): string {
  if (desiredState === usuallyDesired(state)) return "";
  const name = Object.entries(DesiredState).find(([, number]) => number === desiredState)?.[0] ?? "";
  return name.toLowerCase();
}

function usuallyDesired(state: JobState): DesiredState {
  if (state === JobState.STOPPED || state === JobState.STOPPING) return DesiredState.STOPPED;
  return state === JobState.PAUSED ? DesiredState.PAUSED : DesiredState.RUNNING;
}

/** Message and reason, as far as the state or the message does not say the same. */
function messageText({ state, message, reason }: JobStatus): string {
  const text = plain(message);
  const code = reason === "" || reason === message.toUpperCase() ? "" : dim(` ${reason}`);
  return text.toLowerCase() === stateName(state) && code === "" ? "" : `${text}${code}`;
}

function took(run: RunStatus | undefined): string {
  const { startTime, endTime } = run ?? {};
  if (startTime === undefined || endTime === undefined) return "";
  return span(millisecondsOf(endTime) - millisecondsOf(startTime));
}

/** When the next attempt begins, and which it is: where the circuit did not let one begin, that one is still to come. */
function attemptText(run: RunStatus | undefined): string {
  if (run?.nextAttemptTime === undefined) return "";
  const next = run.error?.reason === "CIRCUIT_OPEN" ? run.attempt : run.attempt + 1;
  return `${relative(run.nextAttemptTime)}${dim(`, attempt ${next} of ${run.maxAttempts}`)}`;
}

function countersText(counters: JobStatus["counters"]): string {
  if (counters === undefined) return "";
  const { succeeded, failed, stopped, skippedOverlap, missed } = counters;
  const parts = Object.entries({ succeeded, failed, stopped, skipped: skippedOverlap, missed });
  const told = parts.filter(([, count]) => count > 0n).map(([name, count]) => `${count} ${name}`);
  return told.length > 0 ? dim(` (${told.join(", ")})`) : "";
}
