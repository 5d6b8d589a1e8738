import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { nowMs } from "../live.ts";
import { ProgressBar } from "../parts/progress-bar.tsx";
import { When } from "../parts/when.tsx";
import { plain } from "../words/plain.ts";
import { progressInWords, shareDone } from "../words/progress.ts";
import { inWords, msOf, roughly } from "../words/time.ts";

/** The run that goes on, or else the last one. */
export function CurrentRun({ status }: { readonly status: JobStatus }) {
  const run = status.currentRun;
  if (run === undefined) return null;
  const { progress, error, fallback, stopping, attempt, maxAttempts } = run;
  const startMs = msOf(run.startTime);
  const endMs = msOf(run.endTime);
  const isOver = endMs !== undefined;
  return (
    <section
      class={`card run run-${isOver ? "over" : "on"}`}
      aria-label={isOver ? "Last run" : "Present run"}
    >
      <div class="run-line">
        <h2>{isOver ? "Last run" : "Present run"}</h2>
        <span>
          {startMs !== undefined && (
            <>
              {isOver ? "took " : "for "}
              <b>{isOver ? inWords(endMs - startMs) : roughly(nowMs.value - startMs)}</b>, began{" "}
              <When ms={startMs} />
            </>
          )}
          {maxAttempts > 1 && (
            <>
              {" · "}attempt {attempt} of {maxAttempts}
            </>
          )}
          {status.state === JobState.RETRYING && (
            <>
              {" · "}the next one <When ms={msOf(run.nextAttemptTime)} future />
            </>
          )}
          {run.exitCode === 0 ? null : ` · exit code ${run.exitCode}`}
        </span>
      </div>
      {progress === undefined ? null : (
        <div class="run-progress">
          {shareDone(progress) === undefined ? null : <ProgressBar progress={progress} />}
          <span>{plain(progressInWords(progress), { maxLength: 400 })}</span>
        </div>
      )}
      {error === undefined ? null : (
        <p class="said-error">
          <code>{plain(error.reason)}</code> {plain(error.message, { maxLength: 1000, keepLines: true })}
          {maxAttempts > 1 ? ` (attempt ${error.attempt})` : ""}
        </p>
      )}
      {fallback === undefined ? null : (
        <p>
          {isOver ? "Done" : "Being done"} by its fallback, since <When ms={msOf(fallback.startTime)} />
        </p>
      )}
      {stopping === undefined ? null : (
        <p>
          {isOver ? "Was asked to stop" : "Asked to stop"} <When ms={msOf(stopping.requestTime)} />
          {stopping.reason === "" ? "" : `: ${plain(stopping.reason)}`}
          {isOver ? null : stopping.acknowledged ? ", and has heard it" : ", and has not heard it yet"}
          {isOver || stopping.forceTime === undefined ? null : (
            <>
              ; ended by force <When ms={msOf(stopping.forceTime)} future />
            </>
          )}
        </p>
      )}
    </section>
  );
}
