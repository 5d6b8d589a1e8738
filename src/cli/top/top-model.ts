import type { ChannelStats } from "../../../gen/jobcontrol/v1/channel_stats_pb.ts";
import {
  WatchStatusResponse_Kind as Kind,
  type WatchStatusResponse,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { stateName } from "../output/describe-job.ts";

/** What the keys do at the moment: move about, write a filter, or answer whether a job is to be stopped. */
export type Mode =
  | { readonly kind: "look" }
  | { readonly kind: "filter" }
  | { readonly kind: "confirm"; readonly jobId: string };

/** What `top` knows, and what of it is looked at. It draws nothing and calls nobody. */
export class TopModel {
  stats: ChannelStats | undefined;
  mode: Mode = { kind: "look" };
  /** What a person is to read: what became of a command, or that the service is gone. */
  notice = "";
  readonly #jobs = new Map<string, JobStatus>();
  #filter = "";
  #selectedId = "";
  #index = 0;

  get filter(): string {
    return this.#filter;
  }

  /** Jobs are shown whose id, type or state has it. */
  set filter(text: string) {
    this.#filter = text;
  }

  /** A message of the watch of all jobs. */
  hear({ kind, status }: WatchStatusResponse): void {
    if (kind === Kind.RESET) this.#jobs.clear();
    if (status === undefined) return;
    if (kind === Kind.REMOVED) this.#jobs.delete(status.jobId);
    else this.#jobs.set(status.jobId, status);
  }

  /** How many jobs there are in each state, those with the most first. */
  get counts(): readonly (readonly [state: JobState, count: number])[] {
    const counts = new Map<JobState, number>();
    for (const { state } of this.#jobs.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return [...counts].sort(([state, one], [another, other]) => other - one || state - another);
  }

  get size(): number {
    return this.#jobs.size;
  }

  /**
   * The jobs that are shown: first those that do something or will, then those that failed, then the rest; each by its id,
   * so that a job does not jump about with every run.
   */
  get shown(): readonly JobStatus[] {
    const wanted = this.#filter.toLowerCase();
    const isWanted = ({ jobId, jobType, state }: JobStatus) =>
      [jobId, jobType, stateName(state)].some((text) => text.toLowerCase().includes(wanted));
    return [...this.#jobs.values()]
      .filter(isWanted)
      .sort((one, other) => rank(one) - rank(other) || (one.jobId < other.jobId ? -1 : 1));
  }

  /** Which of the shown jobs is selected: the first, or the one that was moved to; while that is not shown, its place. */
  indexIn(shown: readonly JobStatus[]): number {
    const found = shown.findIndex(({ jobId }) => jobId === this.#selectedId);
    this.#index = found >= 0 ? found : Math.max(0, Math.min(this.#index, shown.length - 1));
    return this.#index;
  }

  get selected(): JobStatus | undefined {
    const { shown } = this;
    return shown[this.indexIn(shown)];
  }

  /** Selects the job so many lines below, or as near as there is one. */
  move(lines: number): void {
    const { shown } = this;
    const index = Math.max(0, Math.min(this.indexIn(shown) + lines, shown.length - 1));
    this.#selectedId = shown[index]?.jobId ?? this.#selectedId;
  }
}

function rank({ state }: JobStatus): number {
  switch (state) {
    case JobState.RUNNING:
    case JobState.RETRYING:
    case JobState.STOPPING:
    case JobState.PENDING:
    case JobState.SCHEDULED:
      return 0;
    case JobState.FAILED:
    case JobState.LOST:
      return 1;
    default:
      return 2;
  }
}
