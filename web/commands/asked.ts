import { signal } from "@preact/signals";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";

/** Which command the page is asking about, if any. */
export type Asked =
  | { readonly kind: "start"; readonly job: JobStatus | undefined }
  | { readonly kind: "stop"; readonly job: JobStatus; readonly force: boolean };

export const asked = signal<Asked | undefined>(undefined);

/** Without a job, the reader names one. */
export function askToStart(job?: JobStatus): void {
  asked.value = { kind: "start", job };
}

export function askToStop(job: JobStatus, { force = false } = {}): void {
  asked.value = { kind: "stop", job, force };
}

export function askNothing(): void {
  asked.value = undefined;
}
