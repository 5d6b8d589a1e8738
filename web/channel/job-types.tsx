import {
  type Circuit,
  Circuit_State as CircuitState,
  type JobTypeStats,
} from "../../gen/jobcontrol/v1/job_type_stats_pb.ts";
import { When } from "../parts/when.tsx";
import { counted, grouped } from "../words/numbers.ts";
import { plain } from "../words/plain.ts";
import { msOf } from "../words/time.ts";

/** What each declared type is at, and whether its work is tried at the moment. Of very many those at work come first. */
export function JobTypes({ types }: { readonly types: readonly JobTypeStats[] }) {
  const shown = types.length <= mostShown ? types : types.toSorted(byWork).slice(0, mostShown);
  const left = types.length - shown.length;
  return (
    <section class="card types" aria-label="Job types" tabIndex={0}>
      <h2>Job types</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col" class="number">
              Running
            </th>
            <th scope="col" class="number">
              Pending
            </th>
            <th scope="col">Circuit</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ jobType, running, pending, circuit }) => (
            <tr key={jobType}>
              <td>
                <a href={`#/?${new URLSearchParams({ type: jobType })}`}>{plain(jobType)}</a>
              </td>
              <td class="number">{grouped(running)}</td>
              <td class="number">{grouped(pending)}</td>
              <td>
                {circuit === undefined ? <span class="nothing">–</span> : <CircuitCell circuit={circuit} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 ? <p class="nothing">and {grouped(left)} more</p> : null}
    </section>
  );
}

const mostShown = 100;

function byWork(a: JobTypeStats, b: JobTypeStats): number {
  return workOf(b) - workOf(a);
}

function workOf({ running, pending, circuit }: JobTypeStats): number {
  return running + pending + (circuit?.consecutiveFailures ?? 0);
}

function CircuitCell({
  circuit: { state, consecutiveFailures, halfOpenTime },
}: {
  readonly circuit: Circuit;
}) {
  if (state === CircuitState.CLOSED) {
    const failures = consecutiveFailures > 0 ? `, ${counted(consecutiveFailures, "failure")} in a row` : "";
    return <span>closed{failures}</span>;
  }
  const isOpen = state === CircuitState.OPEN;
  return (
    <span class={isOpen ? "tone-bad" : "tone-warning"}>
      <b>{isOpen ? "open" : "half open"}</b> after {counted(consecutiveFailures, "failure")}
      {isOpen ? (
        <>
          , probes <When ms={msOf(halfOpenTime)} future />
        </>
      ) : null}
    </span>
  );
}
