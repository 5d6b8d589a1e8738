import { defaultQueue, type JobType } from "../../src/job/job-type.ts";

/** A job type with nothing special about it but what is given. */
export function jobType(over: Partial<JobType> & { readonly name: string }): JobType {
  return {
    hasFallback: false,
    queue: defaultQueue,
    onLost: "fail",
    stopGraceMs: 1000,
    retentionMs: 60_000,
    template: false,
    ...over,
  };
}
