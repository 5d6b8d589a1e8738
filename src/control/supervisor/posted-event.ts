import type { JobEvent } from "../../job/job-event.ts";

/** Something that happened to a job, on its way to the one consumer. */
export interface PostedEvent {
  readonly jobId: string;
  /** The job that it happened to; one made anew under the same id is not meant. */
  readonly uid: string;
  readonly event: JobEvent;
}
