import {
  WatchStatusResponse_Kind as Kind,
  type WatchStatusResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobState, JobStatus, RunStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { type KnownJob, knownJob, withRuns } from "./known-job.ts";

/**
 * All jobs, as the messages of one watch tell of them, with what a list of them needs: their order, and how many there
 * are of each state, type and label. It never asks for anything; who reads it looks at it again after each message.
 */
export class JobBook {
  readonly #jobs = new Map<string, KnownJob>();
  readonly #states = new Counts<JobState>();
  readonly #types = new Counts<string>();
  readonly #labels = new Counts<string>();
  /** In the order of their names; undefined where jobs came or went since. */
  #order: string[] | undefined = [];
  /** The ids of the snapshot that is being told. */
  #told: Set<string> | undefined;
  #token = "";
  #isComplete = false;

  /** Where the next watch takes up; empty: it begins with a snapshot. */
  get token(): string {
    return this.#token;
  }

  /** The snapshot has been told. Until then there may be more jobs. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get size(): number {
    return this.#jobs.size;
  }

  get(jobId: string): KnownJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** By name; numbers in names by what they count. */
  jobs(): KnownJob[] {
    this.#order ??= [...this.#jobs.values()].sort(byName).map(({ status }) => status.jobId);
    return this.#order.flatMap((id) => this.#jobs.get(id) ?? []);
  }

  countOf(state: JobState): number {
    return this.#states.of(state);
  }

  types(): string[] {
    return this.#types.keys().sort();
  }

  /** As `key=value`, the most frequent first. */
  labels(): string[] {
    return this.#labels.mostFrequent();
  }

  /** A watch is opened with the `token`; without one, a snapshot comes. */
  begin(): void {
    if (this.#token === "") this.#told = new Set();
  }

  apply({ kind, status, resumeToken }: WatchStatusResponse): void {
    if (kind === Kind.RESET) this.#expectSnapshot();
    if (kind === Kind.SNAPSHOT_END) this.#endSnapshot();
    if (status !== undefined) this.#applyStatus(kind, status);
    if (resumeToken !== "") this.#token = resumeToken;
  }

  /** What was read of a job's past runs, the newest first. */
  addRuns(jobId: string, runs: readonly RunStatus[]): void {
    const job = this.#jobs.get(jobId);
    if (job !== undefined) this.#jobs.set(jobId, withRuns(job, runs));
  }

  /** What was known stays in sight until the new snapshot is there, and goes then unless that tells of it too. */
  #expectSnapshot(): void {
    this.#token = "";
    this.#told = new Set();
    this.#isComplete = false;
  }

  #endSnapshot(): void {
    if (this.#told !== undefined) {
      for (const id of [...this.#jobs.keys()]) if (!this.#told.has(id)) this.#remove(id);
    }
    this.#told = undefined;
    this.#isComplete = true;
  }

  #applyStatus(kind: Kind, status: JobStatus): void {
    if (kind === Kind.REMOVED) this.#remove(status.jobId);
    if (kind !== Kind.SNAPSHOT && kind !== Kind.CHANGED) return;
    this.#told?.add(status.jobId);
    const before = this.#jobs.get(status.jobId);
    if (before === undefined) this.#order = undefined;
    else this.#count(before.status, -1);
    this.#count(status, 1);
    this.#jobs.set(status.jobId, knownJob(status, before));
  }

  #remove(jobId: string): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return;
    this.#count(job.status, -1);
    this.#jobs.delete(jobId);
    this.#order = undefined;
  }

  #count({ state, jobType, labels }: JobStatus, step: 1 | -1): void {
    this.#states.add(state, step);
    this.#types.add(jobType, step);
    for (const [key, value] of Object.entries(labels)) this.#labels.add(`${key}=${value}`, step);
  }
}

class Counts<Key> {
  readonly #counts = new Map<Key, number>();

  add(key: Key, step: number): void {
    const count = this.of(key) + step;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  of(key: Key): number {
    return this.#counts.get(key) ?? 0;
  }

  keys(): Key[] {
    return [...this.#counts.keys()];
  }

  mostFrequent(): Key[] {
    return [...this.#counts].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  }
}

function byName(a: KnownJob, b: KnownJob): number {
  if (a.sortKey === b.sortKey) return a.status.jobId < b.status.jobId ? -1 : 1;
  return a.sortKey < b.sortKey ? -1 : 1;
}
