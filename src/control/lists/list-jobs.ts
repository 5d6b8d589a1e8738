import type { JobStatus } from "../../job/job-status.ts";
import type { JobPage, ListRequest } from "../job-control.ts";
import type { StatusHub } from "../watch/status-hub.ts";
import { decodePageToken, encodePageToken } from "./page-token.ts";

/** A page of the jobs that match, in the order of their ids. A page token names the last id before the page. */
export function listJobs(hub: StatusHub, { pageSize, pageToken, ...filter }: ListRequest): JobPage {
  const jobs: JobStatus[] = [];
  const after = pageToken === "" ? "" : decodePageToken(pageToken, "after");
  let nextPageToken = "";
  for (const status of hub.statusesAfter(after)) {
    if (jobs.length === pageSize) {
      nextPageToken = encodePageToken(jobs.at(-1)?.jobId ?? "", "after");
      break;
    }
    if (matches(status, filter)) jobs.push(status);
  }
  return { jobs, nextPageToken, resumeToken: hub.resumeToken };
}

type Filter = Omit<ListRequest, "pageSize" | "pageToken">;

function matches({ state, jobType, labels }: JobStatus, filter: Filter): boolean {
  if (filter.jobType !== "" && filter.jobType !== jobType) return false;
  if (filter.states.length > 0 && !filter.states.includes(state)) return false;
  return Object.entries(filter.labels).every(([key, value]) => labels[key] === value);
}
