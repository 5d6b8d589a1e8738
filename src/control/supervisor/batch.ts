import type { Circuit } from "../../job/circuit.ts";
import type { Change, Job, RunRecord } from "../../job/job.ts";
import type { Effect } from "../../job/job-event.ts";
import { type JobStatus, runGoingOn } from "../../job/job-status.ts";

/** How many events are handled, and commands applied, before what they came to is committed. */
export const largestBatch = 64;

/** What a job was and what it becomes. */
export interface StagedChange {
  readonly before: Job | undefined;
  readonly after: Job;
  /** Default: none */
  readonly effects?: readonly Effect[];
  /** Default: false */
  readonly progressOnly?: boolean;
}

/** An effect, and the job as it was when it was decided. */
export interface StagedEffect {
  readonly job: Job;
  readonly effect: Effect;
}

/**
 * What was decided since the last commit: what is to be written, what is to be done afterwards, and how every
 * job was before, should the commit fail.
 */
export class Batch {
  /** The last revision before it. */
  readonly revisionBefore: number;
  readonly before = new Map<string, Job | undefined>();
  readonly changes: Change[] = [];
  readonly jobs = new Map<string, Job>();
  readonly runs: RunRecord[] = [];
  readonly effects: StagedEffect[] = [];
  /** The circuits that have changed, by the names of their types; and how they were before. */
  readonly circuits = new Map<string, Circuit>();
  readonly circuitsBefore = new Map<string, Circuit>();

  constructor(revisionBefore: number) {
    this.revisionBefore = revisionBefore;
  }

  /** The last revision of it. */
  get revision(): number {
    return this.revisionBefore + this.changes.length;
  }

  /** True where there is nothing to commit. */
  get isEmpty(): boolean {
    return this.changes.length === 0 && this.circuits.size === 0;
  }

  addChange({ before, after, effects = [], progressOnly = false }: StagedChange): void {
    const { status } = after;
    this.#remember(status.jobId, before);
    this.changes.push({
      revision: status.revision,
      kind: "changed",
      status,
      previousState: before?.status.state,
      previousLabels: before?.status.labels,
      ...replacedRun(before?.status, status),
      progressOnly,
    });
    this.jobs.set(status.jobId, after);
    for (const effect of effects) {
      if (effect.kind === "recordRun") this.runs.push({ jobId: status.jobId, run: effect.run });
      this.effects.push({ job: after, effect });
    }
  }

  addRemoval(job: Job, revision: number): void {
    const { status } = job;
    this.#remember(status.jobId, job);
    this.changes.push({
      revision,
      kind: "removed",
      status: { ...status, revision },
      previousState: status.state,
      previousLabels: status.labels,
      progressOnly: false,
    });
    this.jobs.delete(status.jobId);
  }

  addCircuit(
    typeName: string,
    { before, after }: { readonly before: Circuit; readonly after: Circuit },
  ): void {
    if (!this.circuitsBefore.has(typeName)) this.circuitsBefore.set(typeName, before);
    this.circuits.set(typeName, after);
  }

  #remember(jobId: string, job: Job | undefined): void {
    if (!this.before.has(jobId)) this.before.set(jobId, job);
  }
}

function replacedRun(before: JobStatus | undefined, after: JobStatus): Pick<Change, "previousRunId"> {
  const previousRunId = before && runGoingOn(before)?.runId;
  if (previousRunId === undefined || previousRunId === after.currentRun?.runId) return {};
  return { previousRunId };
}
