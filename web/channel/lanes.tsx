import type { ChannelStats_Lane as Lane } from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { Priority } from "../../gen/jobcontrol/v1/command_pb.ts";
import { counted, grouped } from "../words/numbers.ts";

/** How full each lane is, the one that goes first at the top. */
export function Lanes({ lanes }: { readonly lanes: readonly Lane[] }) {
  const shown = lanes.toSorted((a, b) => b.priority - a.priority);
  return (
    <section class="card lanes" aria-label="Lanes">
      <h2>Lanes</h2>
      <ul>
        {shown.map((lane) => (
          <LaneLine key={lane.priority} lane={lane} />
        ))}
      </ul>
    </section>
  );
}

function LaneLine({
  lane: { priority, depth, capacity, waitingWriters, fullMode },
}: {
  readonly lane: Lane;
}) {
  const share = capacity > 0 ? Math.min(1, depth / capacity) : depth > 0 ? 1 : 0;
  const tone = share >= 1 ? "bad" : share >= 0.8 ? "warning" : "active";
  return (
    <li>
      <span class="lane-name">{names[priority] ?? "?"}</span>
      <svg
        class={`lane-track tone-${tone}`}
        viewBox="0 0 100 10"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <rect class="lane-all" width="100" height="10" />
        <rect class="lane-depth" width={share * 100} height="10" />
      </svg>
      <span class="lane-depth-word">
        {grouped(depth)} of {grouped(capacity)}
        {share >= 1 ? " · full" : ""}
      </span>
      <span class="hint">
        {fullMode}
        {waitingWriters > 0 ? ` · ${counted(waitingWriters, "waits", "wait")} for room` : ""}
      </span>
    </li>
  );
}

const names: Partial<Record<Priority, string>> = {
  [Priority.CRITICAL]: "critical",
  [Priority.HIGH]: "high",
  [Priority.NORMAL]: "normal",
  [Priority.LOW]: "low",
};
