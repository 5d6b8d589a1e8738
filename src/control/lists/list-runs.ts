import type { Engine, RunPage, RunPageRequest } from "../../engine/engine.ts";
import { JobControlError } from "../../job/errors.ts";
import type { JobStatus, RunStatus } from "../../job/job-status.ts";
import type { RunsPage, RunsRequest } from "../job-control.ts";
import { jobNotFound } from "../refusals.ts";
import type { StatusHub } from "../watch/status-hub.ts";
import { decodePageToken, encodePageToken } from "./page-token.ts";

/**
 * A page of a job's runs, newest first. The history holds the runs that ended; the one that is going on comes
 * before them. A page token names the last run of the page before.
 */
export async function listRuns(
  { hub, engine }: { readonly hub: StatusHub; readonly engine: Pick<Engine, "runs"> },
  { jobId, pageSize, pageToken }: RunsRequest,
): Promise<RunsPage> {
  const before = pageToken === "" ? undefined : decodePageToken(pageToken, "before");
  const status = hub.status(jobId);
  if (status === undefined) throw new JobControlError(jobNotFound(jobId));
  const history = (page: RunPageRequest) => engine.runs(jobId, page);
  const current = currentRun(status);
  if (current === undefined) return pageOf(await history({ size: pageSize, before }), pageSize);
  if (before === undefined) return pageOf(await withCurrent(history, current, pageSize), pageSize);
  const older = await history({ size: pageSize, before });
  if (before !== current.runId || older.runs.length > 0) return pageOf(older, pageSize);
  return pageOf(await withoutCurrent(history, current, pageSize), pageSize);
}

type History = (page: RunPageRequest) => Promise<RunPage>;

function currentRun({ currentRun: run }: JobStatus): RunStatus | undefined {
  return run?.endTimeMs === undefined ? run : undefined;
}

/** The first page. The run may have ended by the time that the history is read; then that knows it better. */
async function withCurrent(history: History, current: RunStatus, pageSize: number): Promise<RunPage> {
  const { runs, next } = await history({ size: Math.max(1, pageSize - 1) });
  if (runs.some(({ runId }) => runId === current.runId)) return { runs, next };
  return { runs: [current, ...runs], next };
}

/** What comes after a run that the history does not know, because it is still going on: the newest that it knows. */
async function withoutCurrent(history: History, current: RunStatus, pageSize: number): Promise<RunPage> {
  const { runs, next } = await history({ size: pageSize });
  return { runs: runs.filter(({ runId }) => runId !== current.runId), next };
}

/** Where the page was cut, the next one begins after it; else where the history says. */
function pageOf({ runs, next }: RunPage, size: number): RunsPage {
  const page = runs.slice(0, size);
  const last = page.length < runs.length ? page.at(-1)?.runId : next;
  return { runs: page, nextPageToken: last === undefined ? "" : encodePageToken(last, "before") };
}
