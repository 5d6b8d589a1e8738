import type { Engine } from "../engine/engine.ts";
import type { Change } from "../job/job.ts";
import type { JobStatus } from "../job/job-status.ts";

/** Every committed change from the first revision on, and what follows from them: how each job was at each revision. */
export class JobHistory {
  readonly #changes: readonly Change[];
  readonly #ofJob = new Map<string, Change[]>();

  /** Throws a `RangeError` unless the changes count on from revision 1 without a gap. */
  constructor(changes: readonly Change[]) {
    this.#changes = changes;
    for (const [index, change] of changes.entries()) {
      if (change.revision !== index + 1)
        throw new RangeError(`Revision is not ${index + 1}: ${change.revision}`);
      const { jobId } = change.status;
      this.#ofJob.set(jobId, [...(this.#ofJob.get(jobId) ?? []), change]);
    }
  }

  /** The last revision. */
  get revision(): number {
    return this.#changes.length;
  }

  at(revision: number): Change | undefined {
    return this.#changes[revision - 1];
  }

  /** The changes after one revision, up to and with another. */
  between(after: number, upTo: number): readonly Change[] {
    return this.#changes.slice(after, Math.max(after, upTo));
  }

  /** The job as it was at a revision; undefined where it was not there. */
  statusAt(jobId: string, revision: number): JobStatus | undefined {
    const last = this.#ofJob.get(jobId)?.findLast((change) => change.revision <= revision);
    return last?.kind === "changed" ? last.status : undefined;
  }

  /** True where the job was there at some time from one revision to another. */
  wasThere(jobId: string, from: number, to: number): boolean {
    const changes = this.#ofJob.get(jobId) ?? [];
    return (
      this.statusAt(jobId, from) !== undefined ||
      changes.some(({ kind, revision }) => kind === "changed" && revision > from && revision <= to)
    );
  }

  /** The job as it was before a change of it. */
  before({ status, revision }: Change): JobStatus | undefined {
    return this.statusAt(status.jobId, revision - 1);
  }

  /** The next change of the same job. */
  next({ status, revision }: Change): Change | undefined {
    return this.#ofJob.get(status.jobId)?.find((change) => change.revision > revision);
  }

  /** The jobs that were there at a revision, in the order of their ids. */
  jobsAt(revision: number): readonly JobStatus[] {
    return [...this.#ofJob.keys()].sort().flatMap((jobId) => this.statusAt(jobId, revision) ?? []);
  }
}

/**
 * Reads what an engine has committed so far; it must keep its whole history. Waits until it has told the
 * revision `upTo`.
 */
export async function readHistory(engine: Pick<Engine, "changes">, upTo: number): Promise<JobHistory> {
  const changes: Change[] = [];
  if (upTo === 0) return new JobHistory(changes);
  for await (const change of engine.changes(0)) {
    changes.push(change);
    if (change.revision >= upTo) break;
  }
  return new JobHistory(changes);
}
