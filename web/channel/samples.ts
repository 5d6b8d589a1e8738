import type { ChannelStats } from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { Priority } from "../../gen/jobcontrol/v1/command_pb.ts";
import { lengthOf } from "../words/time.ts";

/** What is charted of the channel. */
export type Column =
  | "critical"
  | "high"
  | "normal"
  | "low"
  | "accepted"
  | "applied"
  | "limit"
  | "tokens"
  | "oldestMs"
  | "waiting"
  | "dropped"
  | "evicted"
  | "expired"
  | "watchers"
  | "slow"
  | "runs";

export interface Sample extends Readonly<Record<Column, number | null>> {
  /** In seconds since 1970, as charts have it. */
  readonly time: number;
}

/** What counts since the server's start becomes what came in each second since the sample before. */
export function sampleOf(stats: ChannelStats, atMs: number, before?: Counted): Sample & Counted {
  const counted = {
    atMs,
    droppedTotal: Number(stats.dropped),
    evictedTotal: Number(stats.evicted),
    expiredTotal: Number(stats.expired),
  };
  const seconds = before === undefined ? 0 : (atMs - before.atMs) / 1000;
  const rate = (total: number, earlier: number | undefined) =>
    earlier === undefined || seconds <= 0 || total < earlier ? 0 : (total - earlier) / seconds;
  return {
    ...counted,
    time: atMs / 1000,
    critical: depthOf(stats, Priority.CRITICAL),
    high: depthOf(stats, Priority.HIGH),
    normal: depthOf(stats, Priority.NORMAL),
    low: depthOf(stats, Priority.LOW),
    accepted: stats.acceptedPerSecond,
    applied: stats.appliedPerSecond,
    // Without a limit there is no line to draw, and no tokens to count.
    limit: stats.tokensPerSecond > 0 ? stats.tokensPerSecond : null,
    tokens: stats.tokensPerSecond > 0 ? stats.tokensAvailable : null,
    oldestMs: lengthOf(stats.oldestAge),
    waiting: stats.waitingWriters,
    dropped: rate(counted.droppedTotal, before?.droppedTotal),
    evicted: rate(counted.evictedTotal, before?.evictedTotal),
    expired: rate(counted.expiredTotal, before?.expiredTotal),
    watchers: stats.watchers,
    slow: stats.slowWatchers,
    runs: stats.activeRuns,
  };
}

export interface Counted {
  readonly atMs: number;
  readonly droppedTotal: number;
  readonly evictedTotal: number;
  readonly expiredTotal: number;
}

/** With one more, and without those that are older than the charts reach back. */
export function withSample<S extends Sample>(samples: readonly S[], next: S): readonly S[] {
  return [...samples.filter(({ time }) => time > next.time - reachSeconds && time < next.time), next];
}

export const reachSeconds = 300;

function depthOf({ lanes }: ChannelStats, priority: Priority): number {
  return lanes.find((lane) => lane.priority === priority)?.depth ?? 0;
}
