import type { ComponentChildren } from "preact";
import type { Counters, JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { When } from "../parts/when.tsx";
import { counted, grouped } from "../words/numbers.ts";
import { plain } from "../words/plain.ts";
import { scheduleInWords } from "../words/schedule.ts";
import { msOf } from "../words/time.ts";

/** What there is to know of a job besides its runs. */
export function Facts({ status }: { readonly status: JobStatus }) {
  const { jobType, schedule, nextRunTime, createTime, updateTime, executionCount, labels, reason } = status;
  const pairs = Object.entries(labels);
  return (
    <dl class="facts">
      <Fact name="Type">{plain(jobType)}</Fact>
      {reason === "" ? null : (
        <Fact name="Reason">
          <code>{plain(reason)}</code>
        </Fact>
      )}
      {schedule === undefined ? null : <Fact name="Schedule">{plain(scheduleInWords(schedule))}</Fact>}
      {nextRunTime === undefined ? null : (
        <Fact name="Next run">
          <When ms={msOf(nextRunTime)} future />
        </Fact>
      )}
      <Fact name="Runs">{runsInWords(executionCount, status.counters)}</Fact>
      <Fact name="Changed">
        <When ms={msOf(updateTime)} />, revision {grouped(status.revision)}
      </Fact>
      <Fact name="Made">
        <When ms={msOf(createTime)} />
      </Fact>
      {pairs.length === 0 ? null : (
        <Fact name="Labels">
          {pairs.map(([key, value]) => (
            <span key={key} class="label">
              {plain(`${key}=${value}`)}
            </span>
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function runsInWords(runs: bigint, counters: Counters | undefined): string {
  if (counters === undefined) return counted(runs, "run");
  const { succeeded, failed, stopped, timedOut, retries, skippedOverlap, missed } = counters;
  const parts: readonly (readonly [bigint, string])[] = [
    [succeeded, "succeeded"],
    [failed, "failed"],
    [stopped, "stopped"],
    [timedOut, "timed out"],
    [retries, retries === 1n ? "retry" : "retries"],
    [skippedOverlap, "left out"],
    [missed, "missed"],
  ];
  const told = parts.filter(([count]) => count > 0n).map(([count, word]) => `${grouped(count)} ${word}`);
  return [counted(runs, "run"), ...told].join(" · ");
}
