import { rounded } from "../words/numbers.ts";
import { inWords } from "../words/time.ts";
import { Chart, type Line } from "./chart.tsx";
import type { Sample } from "./samples.ts";

/** The last five minutes. */
export function Charts({ samples }: { readonly samples: readonly Sample[] }) {
  return (
    <div class="charts">
      {charts.map(({ title, lines, inUnit, isCount = false }) => (
        <Chart key={title} title={title} lines={lines} inUnit={inUnit} isCount={isCount} samples={samples} />
      ))}
    </div>
  );
}

interface ChartOf {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly inUnit: (value: number) => string;
  /** Default: false */
  readonly isCount?: boolean;
}

const charts: readonly ChartOf[] = [
  {
    title: "Commands a second",
    inUnit: rounded,
    lines: [
      { column: "accepted", name: "accepted", tone: "quiet", dash: [4, 3] },
      { column: "applied", name: "applied", tone: "active" },
      { column: "limit", name: "limit", tone: "bad", dash: [1, 3] },
    ],
  },
  {
    title: "Depth of the lanes",
    isCount: true,
    inUnit: rounded,
    lines: [
      { column: "critical", name: "critical", tone: "bad", dash: [1, 3] },
      { column: "high", name: "high", tone: "warning", dash: [4, 3] },
      { column: "normal", name: "normal", tone: "active" },
      { column: "low", name: "low", tone: "quiet", dash: [8, 3] },
    ],
  },
  {
    title: "Age of the oldest command",
    inUnit: inWords,
    lines: [{ column: "oldestMs", name: "oldest", tone: "active" }],
  },
  {
    title: "Tokens, and who waits for room",
    isCount: true,
    inUnit: rounded,
    lines: [
      { column: "tokens", name: "tokens", tone: "active" },
      { column: "waiting", name: "wait for room", tone: "warning", dash: [4, 3] },
    ],
  },
  {
    title: "Not applied, a second",
    inUnit: rounded,
    lines: [
      { column: "dropped", name: "dropped", tone: "bad" },
      { column: "evicted", name: "evicted", tone: "warning", dash: [4, 3] },
      { column: "expired", name: "expired", tone: "quiet", dash: [1, 3] },
    ],
  },
  {
    title: "Runs and watchers",
    isCount: true,
    inUnit: rounded,
    lines: [
      { column: "runs", name: "runs", tone: "active" },
      { column: "watchers", name: "watchers", tone: "quiet", dash: [8, 3] },
      { column: "slow", name: "slow watchers", tone: "bad", dash: [1, 3] },
    ],
  },
];
