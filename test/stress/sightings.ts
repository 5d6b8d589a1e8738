import type { StatusReply } from "../../src/control/job-control.ts";
import { JobControlError } from "../../src/job/errors.ts";
import type { JobStatus } from "../../src/job/job-status.ts";

/** A read of what is published, and the newest revision of the job that anybody had heard of when it was asked for. */
export interface SnapshotRead {
  readonly jobId: string;
  readonly notBefore: number;
  /** 0: no such job. */
  readonly revision: number;
}

/** What callers have seen of the jobs so far. */
export class Sightings {
  readonly reads: SnapshotRead[] = [];
  readonly #revisions = new Map<string, number>();
  readonly #etags = new Map<string, string[]>();

  saw(status: JobStatus | undefined): void {
    if (status === undefined) return;
    const { jobId, revision, etag } = status;
    this.#revisions.set(jobId, Math.max(revision, this.#newest(jobId)));
    const etags = this.#etags.get(jobId) ?? [];
    if (etags.at(-1) !== etag) etags.push(etag);
    this.#etags.set(jobId, etags);
  }

  /** The etag that was seen last, the one before it, or none. */
  etag(jobId: string, which: "none" | "seen" | "stale"): string {
    const etags = this.#etags.get(jobId) ?? [];
    return (which === "none" ? undefined : etags.at(which === "seen" ? -1 : -2)) ?? "";
  }

  async readSnapshot(jobId: string, read: Promise<StatusReply>): Promise<void> {
    const notBefore = this.#newest(jobId);
    const status = await statusOf(read);
    this.reads.push({ jobId, notBefore, revision: status?.revision ?? 0 });
    this.saw(status);
  }

  #newest(jobId: string): number {
    return this.#revisions.get(jobId) ?? 0;
  }
}

async function statusOf(read: Promise<StatusReply>): Promise<JobStatus | undefined> {
  try {
    return (await read).status;
  } catch (error) {
    if (error instanceof JobControlError && error.code === "JOB_NOT_FOUND") return undefined;
    throw error;
  }
}
