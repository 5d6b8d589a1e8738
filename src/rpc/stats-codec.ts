import type {
  DrainResponse,
  GetChannelStatsResponse,
  UpdateLimitsResponse,
  WatchChannelStatsResponse,
} from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import type {
  ChannelStats as ChannelStatsMessage,
  ChannelStats_Lane as LaneMessage,
} from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import type { ChannelStats, DrainedCommands } from "../control/admin-control.ts";
import { priorityNumbers } from "./enum-codec.ts";
import { toDuration } from "./time-codec.ts";
import { toJobTypeStats } from "./type-stats-codec.ts";

/** The figures of the channel as messages. What is not limited is 0, and what does not fit into its field is its most. */

export function toGetChannelStatsResponse(stats: ChannelStats): GetChannelStatsResponse {
  return { $typeName: "jobcontrol.v1.GetChannelStatsResponse", stats: toChannelStats(stats) };
}

export function toWatchChannelStatsResponse(stats: ChannelStats): WatchChannelStatsResponse {
  return { $typeName: "jobcontrol.v1.WatchChannelStatsResponse", stats: toChannelStats(stats) };
}

export function toUpdateLimitsResponse(stats: ChannelStats): UpdateLimitsResponse {
  return { $typeName: "jobcontrol.v1.UpdateLimitsResponse", stats: toChannelStats(stats) };
}

export function toDrainResponse({ applied, refused }: DrainedCommands): DrainResponse {
  return { $typeName: "jobcontrol.v1.DrainResponse", applied: BigInt(applied), refused: BigInt(refused) };
}

function toChannelStats(stats: ChannelStats): ChannelStatsMessage {
  const { lanes, limits } = stats;
  const modes = new Set(lanes.map(({ fullMode }) => fullMode));
  const [mode = ""] = modes;
  return {
    $typeName: "jobcontrol.v1.ChannelStats",
    fullMode: modes.size > 1 ? "mixed" : mode,
    capacity: total(lanes.map(({ capacity }) => capacity)),
    depth: total(lanes.map(({ depth }) => depth)),
    waitingWriters: total(lanes.map(({ waitingWriters }) => waitingWriters)),
    oldestAge: toDuration(stats.oldestAgeMs),
    acceptedPerSecond: stats.acceptedPerSecond,
    appliedPerSecond: stats.appliedPerSecond,
    dropped: BigInt(stats.dropped),
    evicted: BigInt(stats.evicted),
    expired: BigInt(stats.expired),
    tokensAvailable: Math.max(0, limits?.available ?? 0),
    tokensPerSecond: limits?.rate ?? 0,
    burst: limits?.burst ?? 0,
    watchers: stats.watchers,
    slowWatchers: stats.slowWatchers,
    coalesced: BigInt(stats.coalesced),
    lanes: lanes.map(toLane),
    activeRuns: stats.activeRuns,
    degraded: stats.degraded,
    jobTypes: stats.types.map(toJobTypeStats),
  };
}

function toLane({
  priority,
  capacity,
  depth,
  fullMode,
  waitingWriters,
}: ChannelStats["lanes"][number]): LaneMessage {
  return {
    $typeName: "jobcontrol.v1.ChannelStats.Lane",
    priority: priorityNumbers[priority],
    capacity,
    depth,
    fullMode,
    waitingWriters,
  };
}

function total(counts: readonly number[]): number {
  return Math.min(
    largestCount,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

const largestCount = 2 ** 31 - 1;
