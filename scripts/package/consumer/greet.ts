import type { JobContext } from "jobcontrol";

export function run({ jobId }: JobContext): string {
  return `Hello ${jobId}`;
}
