import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { EndedRun } from "../watch/known-job.ts";
import { counted } from "../words/numbers.ts";
import { inWords } from "../words/time.ts";

/** How long the last runs took, the latest to the right; one that failed is red and stands on a foot. */
export function Sparkline({
  runs,
  most = 16,
}: {
  readonly runs: readonly EndedRun[];
  readonly most?: number;
}) {
  const shown = runs.slice(-most);
  if (shown.length === 0) return <span class="nothing">–</span>;
  const longest = Math.max(1, ...shown.map(({ ms }) => ms));
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${shown.length * step} ${height}`}
      width={shown.length * step}
      height={height}
      role="img"
      aria-label={durationsInWords(shown)}
    >
      {shown.map(({ runId, ms, state }, index) => {
        const tall = Math.max(2, (ms / longest) * (height - foot));
        const x = index * step;
        const isBad = state === JobState.FAILED || state === JobState.LOST;
        return (
          <g key={runId} class={isBad ? "bad" : "fine"}>
            <rect x={x} y={height - foot - tall} width={step - 2} height={tall} />
            {isBad && <rect x={x} y={height - 2} width={step - 2} height={2} />}
          </g>
        );
      })}
    </svg>
  );
}

function durationsInWords(runs: readonly EndedRun[]): string {
  const lengths = runs.map(({ ms }) => ms);
  const failed = runs.filter(({ state }) => state === JobState.FAILED || state === JobState.LOST).length;
  const span = `${inWords(Math.min(...lengths))} to ${inWords(Math.max(...lengths))}`;
  return `${counted(runs.length, "run")}, ${span}${failed > 0 ? `, ${failed} failed` : ""}`;
}

const step = 6;
const height = 20;
/** Left free below the bars. */
const foot = 3;
