import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { jobAddress } from "../address.ts";
import { memo } from "../parts/memo.ts";
import { ProgressBar } from "../parts/progress-bar.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { When } from "../parts/when.tsx";
import { type KnownJob, presentError } from "../watch/known-job.ts";
import { plain } from "../words/plain.ts";
import { isSettled, saidBy, wish } from "../words/states.ts";
import { msOf } from "../words/time.ts";
import { Sparkline } from "./sparkline.tsx";

export interface JobRowProps {
  readonly job: KnownJob;
  readonly index: number;
  readonly top: number;
  readonly isActive: boolean;
}

/** One job in the list. Drawn again only where the job is another value, or stands elsewhere. */
export const JobRow = memo(({ job, index, top, isActive }: JobRowProps) => {
  const { status } = job;
  const { jobId, jobType, state, desiredState, nextRunTime, lastExecutionTime, currentRun } = status;
  const isRetrying = state === JobState.RETRYING;
  const nextMs = msOf(isRetrying ? currentRun?.nextAttemptTime : nextRunTime);
  const asked = wish(state, desiredState);
  return (
    <div
      role="row"
      id={rowId(index)}
      aria-rowindex={index + 2}
      aria-selected={isActive}
      class="row"
      data-job={jobId}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="gridcell" class="cell-state">
        <StateMark state={state} />
        {asked === undefined ? null : <small>{asked}</small>}
      </div>
      <div role="gridcell" class="cell-name">
        <a href={jobAddress(jobId)} tabIndex={-1}>
          {plain(jobId)}
        </a>
        {jobType === jobId ? null : <small>{plain(jobType)}</small>}
        <Labels labels={status.labels} />
      </div>
      <div role="gridcell" class="cell-progress">
        {currentRun?.progress === undefined || isSettled(currentRun.state) ? (
          <span class="nothing">–</span>
        ) : (
          <ProgressBar progress={currentRun.progress} />
        )}
      </div>
      <div role="gridcell" class="cell-next">
        <When ms={nextMs} future />
      </div>
      <div role="gridcell" class="cell-last">
        <When ms={msOf(lastExecutionTime)} />
      </div>
      <div role="gridcell" class="cell-runs">
        <Sparkline runs={job.ended} />
      </div>
      <div role="gridcell" class="cell-said">
        <Said job={job} />
      </div>
    </div>
  );
});

export function rowId(index: number): string {
  return `row-${index}`;
}

function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const pairs = Object.entries(labels).slice(0, 2);
  return (
    <>
      {pairs.map(([key, value]) => (
        <small key={key} class="label">
          {plain(`${key}=${value}`, { maxLength: 40 })}
        </small>
      ))}
    </>
  );
}

/** Its last error where nothing went well since; otherwise what it says of itself. */
function Said({ job }: { readonly job: KnownJob }) {
  const error = presentError(job);
  const message = plain(saidBy(job.status), { maxLength: 200 });
  if (error === undefined) return <span title={message}>{message}</span>;
  const words = plain(error.message, { maxLength: 200 });
  return (
    <span class="said-error" title={words}>
      <code>{plain(error.reason)}</code> {words}
    </span>
  );
}
