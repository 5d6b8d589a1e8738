import {
  type Circuit,
  Circuit_State as CircuitState,
  type JobTypeStats,
} from "../../../gen/jobcontrol/v1/job_type_stats_pb.ts";
import { dim, styled } from "./style.ts";
import { relative } from "./times.ts";

/** A line for each job type that has something to tell: runs, jobs that wait, or a circuit that has seen failures. */
export function typeLines(types: readonly JobTypeStats[]): string[] {
  const told = types.flatMap((type) => {
    const text = typeText(type);
    return text === "" ? [] : [{ name: type.jobType, text }];
  });
  const width = Math.max(...told.map(({ name }) => name.length));
  return told.map(({ name, text }) => `    ${name.padEnd(width)}  ${text}`);
}

function typeText({ running, pending, circuit }: JobTypeStats): string {
  const counts = Object.entries({ "under way": running, waiting: pending }).filter(([, count]) => count > 0);
  const told = counts.map(([name, count]) => `${count} ${name}`);
  return [...told, ...(circuit === undefined ? [] : circuitTexts(circuit))].join(", ");
}

function circuitTexts({
  state,
  consecutiveFailures,
  openTime,
  halfOpenTime,
  probingRunIds,
}: Circuit): string[] {
  const failures = `${consecutiveFailures} failed in a row`;
  switch (state) {
    case CircuitState.OPEN:
      return [
        styled("red", `circuit opened ${relative(openTime)}`),
        `half-open ${relative(halfOpenTime)}`,
        dim(failures),
      ];
    case CircuitState.HALF_OPEN:
      return [
        styled("yellow", "circuit half-open"),
        probingRunIds.length > 0 ? `probed by ${probingRunIds.join(" ")}` : "the next run probes",
        dim(failures),
      ];
    default:
      return consecutiveFailures > 0 ? [failures] : [];
  }
}
