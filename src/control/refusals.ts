import type { ReceiptId } from "../engine/engine.ts";
import type { ChangeCommand } from "../job/command.ts";
import type { Refusal } from "../job/errors.ts";
import type { Job } from "../job/job.ts";

/** Why the core refuses what it was asked, beyond what the state machine says. */
export function jobNotFound(jobId: string): Refusal {
  return { code: "JOB_NOT_FOUND", message: `No such job: ${jobId}`, metadata: { jobId } };
}

export function runNotFound(jobId: string, runId: string): Refusal {
  return {
    code: "RUN_NOT_FOUND",
    message: `No output is kept of a run: ${runId}`,
    metadata: { jobId, runId },
  };
}

export function typeNotFound(jobType: string): Refusal {
  return { code: "JOB_TYPE_NOT_FOUND", message: `No such job type: ${jobType}`, metadata: { jobType } };
}

export function commandNotFound(id: ReceiptId): Refusal {
  const [name] = Object.values(id);
  return { code: "COMMAND_NOT_FOUND", message: `No such command: ${name}`, metadata: { ...id } };
}

export function wrongType(jobId: string, jobType: string): Refusal {
  return {
    code: "WRONG_TYPE",
    message: `Job is of another type: ${jobType}`,
    metadata: { jobId, jobType },
  };
}

export function tooManyJobs(maxJobs: number): Refusal {
  return {
    code: "TOO_MANY_JOBS",
    message: `Too many jobs: ${maxJobs}`,
    metadata: { maxJobs: String(maxJobs) },
  };
}

export function tooManyWatchers(maxWatchers: number): Refusal {
  return {
    code: "TOO_MANY_WATCHERS",
    message: `Too many watchers: ${maxWatchers}`,
    metadata: { maxWatchers: String(maxWatchers) },
    retryAfterMs: 1000,
  };
}

/** The refusal of a command that was made for another version of the job than there is. */
export function staleEtag({ etag, jobId }: ChangeCommand, job: Job | undefined): Refusal | undefined {
  if (etag === "" || etag === job?.status.etag) return undefined;
  const current = job?.status.etag ?? "";
  return {
    code: "ETAG_MISMATCH",
    message: `Job has changed since etag: ${etag}`,
    metadata: { jobId, etag: current },
  };
}

export const draining: Refusal = {
  code: "DRAINING",
  message: "Server is shutting down",
  retryAfterMs: 1000,
};

/** Its turn did not come before the server went. */
export const notAppliedInTime: Refusal = {
  ...draining,
  message: "Server is shutting down; the command was not applied",
};

export function superseded(jobId: string): Refusal {
  return {
    code: "COMMAND_SUPERSEDED",
    message: "A later Stop of the job overtook this Start; it was not applied",
    metadata: { jobId },
  };
}

export function deadlineUnreachable(waitMs: number, retryAfterMs: number): Refusal {
  return {
    code: "DEADLINE_UNREACHABLE",
    message: `Deadline cannot be met: the command would wait about ${waitMs} ms`,
    metadata: { waitMs: String(waitMs) },
    retryAfterMs,
  };
}
