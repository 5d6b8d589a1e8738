import type { CallFailure } from "../client/call-failure.ts";
import type { JobControlClient } from "../client/client.ts";
import { nearest } from "../server/configuration/nearest.ts";
import type { Server } from "./server/server.ts";

/** What a person can do about a refusal of the service, in a few words; empty where its message says enough. */
export async function adviceOn(
  { reason, metadata }: CallFailure,
  { client, server }: { readonly client: Pick<JobControlClient, "jobs" | "admin">; readonly server: Server },
): Promise<string> {
  const { jobId = "", jobType = "", state = "" } = metadata;
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
      return `jobctl start ${jobId} --on-conflict replace begins anew, jobctl stop ${jobId} ends it`;
    case "WRONG_STATE":
      return atRest.has(state) ? `jobctl start ${jobId} begins it` : `see jobctl status ${jobId}`;
    case "ETAG_MISMATCH":
      return jobId === "" ? "" : `see jobctl status ${jobId}`;
    case "DEADLINE_UNREACHABLE":
    case "NOT_APPLIED":
      return "a longer --timeout gives it more time; jobctl stats shows what waits";
    case "CHANNEL_FULL":
    case "COMMAND_EVICTED":
    case "QUEUE_FULL":
      return "jobctl stats shows what waits";
    case "COMMAND_SUPERSEDED":
      return "start it again if it is still wanted";
    case "COMMAND_NOT_FOUND":
      return "what became of a command is kept for 24 hours";
    case "REQUEST_ID_REUSED":
      return "a new command needs another --request-id";
    case "WRONG_TYPE":
      return "without --type it is started as what it is";
    case "UNAUTHENTICATED":
      return howToAuthenticate(server);
    default:
      return "";
  }
}

/** States in which a job does nothing, and will not by itself. */
const atRest: ReadonlySet<string> = new Set(["STOPPED", "SUCCEEDED", "FAILED", "LOST"]);

function howToAuthenticate({ token, context }: Server): string {
  if (token !== undefined) return "the token that was sent is none of the server's, or no longer";
  if (context === undefined) return "--token-file FILE or JOBCONTROL_TOKEN says who calls";
  return `--token-file FILE says who calls, and jobctl context set ${context} --token-file FILE for always`;
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
