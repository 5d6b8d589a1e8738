/** Jobs that change all the time during a storm, besides the one that is watched for its changes. */
export const busyJobs: readonly string[] = Array.from({ length: 100 }, (_, index) => `busy-${index}`);
