import type { RunStatus } from "../../gen/jobcontrol/v1/job_pb.ts";

/** Both together, each run once and the newest first; of two tellings of a run, that of `fresh` counts. */
export function mergeRuns(known: readonly RunStatus[], fresh: readonly RunStatus[]): readonly RunStatus[] {
  const runs = new Map(known.map((run) => [run.runId, run]));
  for (const run of fresh) {
    const before = runs.get(run.runId);
    // A telling that is on its way may be older than the one that is here.
    const isOlder = before?.endTime !== undefined && run.endTime === undefined;
    if (!isOlder) runs.set(run.runId, run);
  }
  return [...runs.values()].sort((a, b) => startOf(b) - startOf(a));
}

function startOf({ startTime }: RunStatus): number {
  return startTime === undefined ? 0 : Number(startTime.seconds) + startTime.nanos / 1e9;
}
