import type { Change } from "../../../src/job/job.ts";
import { hasRun } from "../../../src/job/job-state.ts";
import type { JobStatus } from "../../../src/job/job-status.ts";
import type { Evidence, Fault } from "./evidence.ts";
import { nameOf } from "./judge-answers.ts";
import { isByCommand } from "./judge-effects.ts";
import { sideBySideExitCode } from "./traces.ts";

/** Judges the runs: that each was asked for, or is explained, and happened once. */
export function judgeRuns(evidence: Evidence): readonly Fault[] {
  const faults: Fault[] = [];
  const runs = new RunBook();
  const { history } = evidence;
  for (const change of history.between(0, history.revision)) {
    const before = history.before(change);
    const { jobId, currentRun, executionCount } = change.status;
    const about = `${jobId} at ${change.revision}`;
    const isNew = currentRun !== undefined && currentRun.runId !== before?.currentRun?.runId;
    if (executionCount !== (before?.executionCount ?? 0) + (isNew ? 1 : 0))
      faults.push({ rule: "run", about, found: `execution count ${executionCount}` });
    if (currentRun?.exitCode === sideBySideExitCode)
      faults.push({ rule: "alone", about, found: `run ${currentRun.runId} beside another` });
    if (currentRun !== undefined && !runs.note(jobId, currentRun, isNew))
      faults.push({ rule: "run", about, found: `run ${currentRun.runId} again` });
    if (isNew && !isExplained(change, before, evidence))
      faults.push({ rule: "run", about, found: `run ${currentRun.runId} that nobody asked for` });
    if (losesRun(change, before)) runs.lost(jobId);
  }
  for (const [jobId, count] of runs.losses)
    if (count > evidence.kills)
      faults.push({ rule: "alone", about: jobId, found: `${count} lost runs, ${evidence.kills} kills` });
  return [
    ...faults,
    ...judgeTriggers(evidence),
    ...judgeTraces(evidence, runs),
    ...judgeLists(evidence, runs),
  ];
}

/** The runs of each job in their order, and how they stand. */
class RunBook {
  readonly byJob = new Map<string, string[]>();
  readonly succeeded = new Map<string, string>();
  readonly losses = new Map<string, number>();
  readonly #jobOf = new Map<string, string>();

  /** False for a run that was there before, and is not the job's last. */
  note(jobId: string, { runId, state }: NonNullable<JobStatus["currentRun"]>, isNew: boolean): boolean {
    if (state === "succeeded") this.succeeded.set(runId, jobId);
    if (!isNew) return true;
    if (this.#jobOf.has(runId)) return false;
    this.#jobOf.set(runId, jobId);
    this.byJob.set(jobId, [...(this.byJob.get(jobId) ?? []), runId]);
    return true;
  }

  lost(jobId: string): void {
    this.losses.set(jobId, (this.losses.get(jobId) ?? 0) + 1);
  }

  jobOf(runId: string): string | undefined {
    return this.#jobOf.get(runId);
  }
}

/** By a command, by the schedule, because its turn came, because the run before made room, or to make up for a lost one. */
function isExplained(
  change: Change,
  before: JobStatus | undefined,
  { history, restarts }: Evidence,
): boolean {
  if (isByCommand(change, history) || before === undefined) return true;
  if (change.status.currentRun?.scheduledTimeMs !== undefined || before.state === "pending") return true;
  if (before.state === "stopping" && before.desiredState === "running") return true;
  return losesRun(change, before) && restarts.has(before.jobType);
}

/** True where a run of which nobody saw the end is over: it is called lost, or another is there in its place. */
function losesRun({ status }: Change, before: JobStatus | undefined): boolean {
  const last = before?.currentRun;
  if (last === undefined || !hasRun(last.state)) return false;
  if (status.currentRun?.runId === last.runId) return status.currentRun.state === "lost";
  return before?.state === "running";
}

function judgeTriggers({ heard, history }: Evidence): Fault[] {
  return heard.flatMap((one): Fault[] => {
    const { told } = one;
    if (told.kind === "refused" || told.runId === "" || told.status === undefined) return [];
    const run = history.at(Number(told.status.revision))?.status.currentRun;
    if (run?.runId === told.runId) return [];
    return [{ rule: "run", about: nameOf(one), found: `${run?.runId}, not run ${told.runId}` }];
  });
}

/** What the work itself says: nothing began that the store knows nothing of, or twice. */
function judgeTraces({ begun, history, traced }: Evidence, runs: RunBook): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const { jobId, runId } of begun) {
    if (seen.has(runId)) faults.push({ rule: "run", about: jobId, found: `run ${runId} began twice` });
    if (runs.jobOf(runId) !== jobId)
      faults.push({ rule: "run", about: jobId, found: `run ${runId} began, and is not kept` });
    seen.add(runId);
  }
  for (const [runId, jobId] of runs.succeeded) {
    const isTraced = traced.has(history.statusAt(jobId, history.revision)?.jobType ?? "");
    if (isTraced && !seen.has(runId))
      faults.push({ rule: "run", about: jobId, found: `run ${runId} succeeded, and never began` });
  }
  return faults;
}

/** ListRuns tells the newest runs, at least as many as are kept of each job. */
function judgeLists({ runs: listed }: Evidence, runs: RunBook): Fault[] {
  return [...runs.byJob].flatMap(([jobId, inOrder]): Fault[] => {
    const found = listed.get(jobId) ?? [];
    const wanted = inOrder.toReversed().slice(0, Math.max(found.length, Math.min(inOrder.length, keptRuns)));
    if (wanted.join() === found.join()) return [];
    return [{ rule: "run", about: `runs of ${jobId}: ${wanted.join()}`, found: found.join() }];
  });
}

const keptRuns = 100;
