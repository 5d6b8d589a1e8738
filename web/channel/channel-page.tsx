import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { signal } from "@preact/signals";
import type { ChannelStats } from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { nowMs } from "../live.ts";
import { useFollower } from "../parts/use-follower.ts";
import { admin } from "../service.ts";
import { causeInWords } from "../watch/cause-in-words.ts";
import type { Connection } from "../watch/connection.ts";
import { failureInWords } from "../words/failure.ts";
import { Charts } from "./charts.tsx";
import { Figures } from "./figures.tsx";
import { JobTypes } from "./job-types.tsx";
import { Lanes } from "./lanes.tsx";
import { type Counted, type Sample, sampleOf, withSample } from "./samples.ts";

/** Kept while the reader looks at other pages. */
const stats = signal<ChannelStats | undefined>(undefined);
const samples = signal<readonly (Sample & Counted)[]>([]);
const connection = signal<Connection>({ kind: "connecting" });

/** The command channel: how full it is, how fast it goes, and what became of what did not get through. */
export function ChannelPage() {
  useFollower("stats", {
    open: (call) => admin.watchChannelStats({ interval: durationFromMs(1000) }, { signal: call }),
    onMessage({ stats: now }) {
      if (now === undefined) return undefined;
      stats.value = now;
      const before = samples.value.at(-1);
      samples.value = withSample(samples.value, sampleOf(now, nowMsExact(), before));
      return undefined;
    },
    onConnection(now) {
      connection.value = now;
    },
    silenceMs: 10_000,
  });
  const now = stats.value;
  return (
    <>
      <div class="title">
        <h1>Channel</h1>
        {now?.degraded && <span class="badge tone-bad">degraded</span>}
        <Trouble />
      </div>
      {now === undefined ? (
        <p class="empty">Reading the figures…</p>
      ) : (
        <>
          <Figures stats={now} />
          <div class="lanes-and-types">
            <Lanes lanes={now.lanes} />
            <JobTypes types={now.jobTypes} />
          </div>
          <Charts samples={samples.value} />
        </>
      )}
    </>
  );
}

function Trouble() {
  const now = connection.value;
  if (now.kind === "waiting")
    return <span class="problem">{causeInWords(now.cause)} These figures are old.</span>;
  if (now.kind === "over" && now.failure !== undefined)
    return <span class="problem">{failureInWords(now.failure)}</span>;
  return null;
}

/** By the server's clock, and finer than its seconds. */
function nowMsExact(): number {
  return Math.max(nowMs.peek(), Date.now());
}
