import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { JobState, type RunStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { Sparkline } from "../jobs/sparkline.tsx";
import { book, nowMs, tellSoon } from "../live.ts";
import { StateMark } from "../parts/state-mark.tsx";
import { When } from "../parts/when.tsx";
import { jobControl } from "../service.ts";
import type { KnownJob } from "../watch/known-job.ts";
import { failureInWords, failureOf } from "../words/failure.ts";
import { plain } from "../words/plain.ts";
import { isSettled } from "../words/states.ts";
import { inWords, msOf, roughly } from "../words/time.ts";
import { mergeRuns } from "./merge-runs.ts";

export interface RunsProps {
  readonly job: KnownJob;
  /** Whose output is shown. Empty: the newest's. */
  readonly runId: string;
  readonly onRun: (runId: string) => void;
}

/** The runs of a job, the newest first; the one that goes on is as the watch tells it. */
export function Runs({ job, runId, onRun }: RunsProps) {
  const { jobId, uid, executionCount, currentRun } = job.status;
  const read = useSignal<readonly RunStatus[]>([]);
  const nextPage = useSignal("");
  const problem = useSignal("");
  const load = async (pageToken: string) => {
    try {
      const page = await jobControl.listRuns({ jobId, pageSize, pageToken }, { timeoutMs: 10_000 });
      read.value = mergeRuns(read.value, page.runs);
      if (pageToken !== "" || nextPage.value === "") nextPage.value = page.nextPageToken;
      if (pageToken === "") book.addRuns(jobId, page.runs);
      problem.value = "";
      tellSoon();
    } catch (error) {
      problem.value = failureInWords(failureOf(error));
    }
  };
  // Another run, or the end of one: what the list says of it is complete now.
  const isOver = currentRun !== undefined && isSettled(currentRun.state);
  useEffect(() => void load(""), [uid, executionCount, isOver]);
  const runs = currentRun === undefined ? read.value : mergeRuns(read.value, [currentRun]);
  return (
    <section class="card runs" aria-label="Runs">
      <div class="run-line run-head">
        <h2>Runs</h2>
        {job.ended.length > 0 && <Sparkline runs={job.ended} most={20} />}
      </div>
      {problem.value === "" ? null : <p class="problem">{problem.value}</p>}
      {runs.length === 0 ? (
        <p class="nothing">It never ran.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Began</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">Says</th>
              <th scope="col">
                <span class="unseen">Output</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <Run
                key={run.runId}
                run={run}
                isShown={run.runId === (runId || runs[0]?.runId)}
                onRun={onRun}
              />
            ))}
          </tbody>
        </table>
      )}
      {nextPage.value === "" ? null : (
        <button type="button" onClick={() => void load(nextPage.value)}>
          Older runs
        </button>
      )}
    </section>
  );
}

interface RunProps {
  readonly run: RunStatus;
  readonly isShown: boolean;
  readonly onRun: (runId: string) => void;
}

function Run({ run, isShown, onRun }: RunProps) {
  const { state, startTime, endTime, error, stopping, attempt } = run;
  const startMs = msOf(startTime);
  const endMs = msOf(endTime);
  const said =
    error === undefined || state === JobState.SUCCEEDED
      ? (stopping?.reason ?? "")
      : `${error.reason} ${error.message}`;
  return (
    <tr class={isShown ? "shown" : undefined}>
      <td>
        <StateMark state={state} />
      </td>
      <td>
        <When ms={startMs} />
      </td>
      <td class="number">
        {startMs === undefined
          ? ""
          : endMs === undefined
            ? roughly(nowMs.value - startMs)
            : inWords(endMs - startMs)}
      </td>
      <td class="run-said" title={plain(said, { maxLength: 400 })}>
        {attempt > 1 ? `attempt ${attempt} ` : ""}
        {plain(said, { maxLength: 200 })}
      </td>
      <td>
        <button type="button" class="ghost" aria-pressed={isShown} onClick={() => onRun(run.runId)}>
          Output
        </button>
      </td>
    </tr>
  );
}

const pageSize = 20;
