import type { JobStatus } from "../job/job-status.ts";
import type { JobPage, ListRequest } from "./job-control.ts";
import { decodePageToken, encodePageToken } from "./page-token.ts";
import type { StatusHub } from "./status-hub.ts";

/** A page of the jobs that match, in the order of their ids. A page token names the last id before the page. */
export function listJobs(hub: StatusHub, { pageSize, pageToken, ...filter }: ListRequest): JobPage {
  const ids = hub.ids();
  const jobs: JobStatus[] = [];
  let at = pageToken === "" ? 0 : firstAfter(ids, decodePageToken(pageToken, "after"));
  for (; at < ids.length && jobs.length < pageSize; at++) {
    const status = hub.status(ids[at] ?? "");
    if (status !== undefined && matches(status, filter)) jobs.push(status);
  }
  const last = jobs.at(-1);
  const nextPageToken = at < ids.length && last !== undefined ? encodePageToken(last.jobId, "after") : "";
  return { jobs, nextPageToken, resumeToken: hub.resumeToken };
}

type Filter = Omit<ListRequest, "pageSize" | "pageToken">;

function matches({ state, jobType, labels }: JobStatus, filter: Filter): boolean {
  if (filter.jobType !== "" && filter.jobType !== jobType) return false;
  if (filter.states.length > 0 && !filter.states.includes(state)) return false;
  return Object.entries(filter.labels).every(([key, value]) => labels[key] === value);
}

/** The index of the first id beyond `id`, which need not be there any more. */
function firstAfter(sorted: readonly string[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
