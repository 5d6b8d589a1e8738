import {
  type Circuit,
  Circuit_State as CircuitState,
  type JobTypeStats,
} from "../../gen/jobcontrol/v1/job_type_stats_pb.ts";
import { When } from "../parts/when.tsx";
import { counted, grouped } from "../words/numbers.ts";
import { plain } from "../words/plain.ts";
import { msOf } from "../words/time.ts";

/** What each declared type is at, and whether its work is tried at the moment. */
export function JobTypes({ types }: { readonly types: readonly JobTypeStats[] }) {
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
          {types.map(({ jobType, running, pending, circuit }) => (
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
    </section>
  );
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
