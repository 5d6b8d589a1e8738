import type { CallFailure } from "../client/call-failure.ts";
import type { JobControlClient } from "../client/client.ts";
import { nearest } from "../server/configuration/nearest.ts";

/** What a person can do about a refusal of the service, in a few words; empty where its message says enough. */
export async function adviceOn(
  { reason, metadata }: CallFailure,
  client: Pick<JobControlClient, "jobs" | "admin">,
): Promise<string> {
  const { jobId = "", jobType = "" } = metadata;
  switch (reason) {
    case "JOB_NOT_FOUND":
      return didYouMean(jobId, await jobIds(client)) || "jobctl list shows those that there are";
    case "JOB_TYPE_NOT_FOUND":
      // Who starts a job by its id alone may have meant a type or a job.
      return (
        didYouMean(jobType, await jobTypes(client)) ||
        didYouMean(jobType, await jobIds(client)) ||
        "jobctl list shows the jobs that there are; types are declared in the server's configuration"
      );
    case "RUN_NOT_FOUND":
      return jobId === "" ? "" : `jobctl runs ${jobId} lists those that there are`;
    case "JOB_RUNNING":
      return "--on-conflict replace begins anew, jobctl stop ends it";
    case "WRONG_STATE":
    case "ETAG_MISMATCH":
      return jobId === "" ? "" : `see jobctl status ${jobId}`;
    case "DEADLINE_UNREACHABLE":
    case "NOT_APPLIED":
      return "a longer --timeout gives it more time; jobctl stats shows what waits";
    case "CHANNEL_FULL":
    case "COMMAND_EVICTED":
      return "jobctl stats shows what waits";
    default:
      return "";
  }
}

/** `did you mean disk-report?`: what differs by a letter or two, or what begins or goes on like that; at most three. */
export function didYouMean(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  const part = name.toLowerCase();
  const longer = part.length < 2 ? [] : known.filter((id) => id.toLowerCase().includes(part));
  const names = [...new Set([...(close === undefined ? [] : [close]), ...longer])].slice(0, 3);
  return names.length === 0 ? "" : `did you mean ${names.join(" or ")}?`;
}

/** A page of them is enough to guess from. Where they cannot be had, there is nothing to guess. */
async function jobIds({ jobs }: Pick<JobControlClient, "jobs">): Promise<string[]> {
  const page = await jobs.listJobs({ pageSize: 1000 }, briefly).catch(() => undefined);
  return page?.jobs.map(({ jobId }) => jobId) ?? [];
}

async function jobTypes({ admin }: Pick<JobControlClient, "admin">): Promise<string[]> {
  const answer = await admin.getChannelStats({}, briefly).catch(() => undefined);
  return answer?.stats?.jobTypes.map(({ jobType }) => jobType) ?? [];
}

const briefly = { timeoutMs: 1000 };
