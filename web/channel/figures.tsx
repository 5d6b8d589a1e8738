import type { ComponentChildren } from "preact";
import type { ChannelStats } from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { grouped, rounded } from "../words/numbers.ts";
import { inWords, lengthOf } from "../words/time.ts";

/** The figures of this moment. */
export function Figures({ stats }: { readonly stats: ChannelStats }) {
  const isLimited = stats.tokensPerSecond > 0;
  const room = `room for ${grouped(stats.capacity)}`;
  const oldest = lengthOf(stats.oldestAge);
  return (
    <dl class="figures">
      <Figure name="In the lanes" note={stats.depth > 0 ? `${room}, oldest ${inWords(oldest)}` : room}>
        {grouped(stats.depth)}
      </Figure>
      <Figure name="Wait for room" note={`a full lane: ${stats.fullMode}`}>
        {grouped(stats.waitingWriters)}
      </Figure>
      <Figure name="Accepted" note="a second, over 5 s">
        {rounded(stats.acceptedPerSecond)}
      </Figure>
      <Figure
        name="Applied"
        note={isLimited ? `at most ${rounded(stats.tokensPerSecond)} a second` : "no limit"}
      >
        {rounded(stats.appliedPerSecond)}
      </Figure>
      <Figure name="Tokens" note={isLimited ? `of ${grouped(stats.burst)} saved up` : "no limit"}>
        {isLimited ? grouped(Math.floor(stats.tokensAvailable)) : "–"}
      </Figure>
      <Figure name="Not applied" note="dropped · evicted · expired">
        {[stats.dropped, stats.evicted, stats.expired].map((count) => grouped(count)).join(" · ")}
      </Figure>
      <Figure
        name="Watchers"
        note={`${grouped(stats.slowWatchers)} slow · ${grouped(stats.coalesced)} merged`}
      >
        {grouped(stats.watchers)}
      </Figure>
      <Figure name="Runs" note="going on now">
        {grouped(stats.activeRuns)}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly note: string;
  readonly children: ComponentChildren;
}

function Figure({ name, note, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
      <dd class="hint">{note}</dd>
    </div>
  );
}
