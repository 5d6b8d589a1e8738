import type { StartCommand } from "../../job/command.ts";
import type { Job } from "../../job/job.ts";
import type { JobStatus } from "../../job/job-status.ts";
import { type JobType, undeclaredType } from "../../job/job-type.ts";

/** The types that the operator declared. */
export class JobTypes {
  readonly #declared: ReadonlyMap<string, JobType>;

  constructor(declared: ReadonlyMap<string, JobType>) {
    this.#declared = declared;
  }

  get all(): readonly JobType[] {
    return [...this.#declared.values()];
  }

  /** Undefined where it is not declared. */
  named(name: string): JobType | undefined {
    return this.#declared.get(name);
  }

  /** The type of a job, whether it is still declared or not. */
  of({ jobType }: JobStatus): JobType {
    return this.#declared.get(jobType) ?? undeclaredType(jobType);
  }

  /** The type that a Start asks for, given the job if it exists; undefined where it is not declared. */
  ofStart({ jobId, jobType }: StartCommand, existing: Job | undefined): JobType | undefined {
    return this.#declared.get(existing?.status.jobType ?? (jobType === "" ? jobId : jobType));
  }
}
