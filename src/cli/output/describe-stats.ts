import type { ChannelStats, ChannelStats_Lane as Lane } from "../../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { Priority } from "../../../gen/jobcontrol/v1/command_pb.ts";
import { typeLines } from "./describe-types.ts";
import { dim, styled } from "./style.ts";
import { millisecondsOf, span } from "./times.ts";

/** The channel in a few lines: each lane with a bar of how full it is, shorter on a narrow terminal, then what limits it, how it does, and the types. */
export function describeStats(stats: ChannelStats, columns = 80): string {
  const { fullMode, degraded, lanes } = stats;
  const tellMode = fullMode === "mixed";
  const barWidth = Math.max(0, Math.min(30, columns - 30));
  const state = degraded ? styled("yellow", "degraded") : styled("green", "healthy");
  const lines = [
    `${styled("bold", "channel")}  ${state}  ${dim(`when full: ${fullMode}`)}`,
    ...lanes.map((lane) => laneLine(lane, { tellMode, barWidth })),
    fact("oldest", oldestText(stats)),
    fact("commands", `${rate(stats.acceptedPerSecond)} accepted, ${rate(stats.appliedPerSecond)} applied`),
    fact("not run", notRunText(stats)),
    fact("tokens", describeLimits(stats)),
    fact("watches", watchesText(stats)),
    fact("runs", String(stats.activeRuns)),
  ];
  const types = typeLines(stats.jobTypes);
  if (types.length > 0) lines.push(`  ${dim("types")}`, ...types);
  return lines.join("\n");
}

/** `100/s, 12 of 50 saved up`; or that there is no limit. */
export function describeLimits({ tokensPerSecond, burst, tokensAvailable }: ChannelStats): string {
  if (tokensPerSecond === 0) return "no limit";
  return `${rate(tokensPerSecond)}, ${Math.floor(tokensAvailable)} of ${burst} saved up`;
}

interface LaneOptions {
  readonly tellMode: boolean;
  readonly barWidth: number;
}

function laneLine(lane: Lane, { tellMode, barWidth }: LaneOptions): string {
  const { priority, capacity, depth, waitingWriters, fullMode } = lane;
  const waiting = waitingWriters > 0 ? styled("yellow", `  +${waitingWriters} wait for room`) : "";
  const mode = tellMode ? dim(`  ${fullMode}`) : "";
  const count = `${depth}`.padStart(6);
  return `  ${laneName(priority).padEnd(9)} ${bar(depth / Math.max(1, capacity), barWidth)} ${count} of ${capacity}${waiting}${mode}`;
}

export function laneName(priority: Priority): string {
  return (
    Object.entries(Priority)
      .find(([, number]) => number === priority)?.[0]
      ?.toLowerCase() ?? ""
  );
}

/** Anything in the lane shows; green, yellow from half on, red from where the service calls itself degraded. */
function bar(share: number, width: number): string {
  const filled = Math.min(width, Math.ceil(share * width));
  const colour = share >= 0.8 ? "red" : share >= 0.5 ? "yellow" : "green";
  return `${styled(colour, "█".repeat(filled))}${dim("░".repeat(width - filled))}`;
}

function oldestText({ depth, oldestAge }: ChannelStats): string {
  return depth === 0 || oldestAge === undefined
    ? "nothing waits"
    : `waits for ${span(millisecondsOf(oldestAge))}`;
}

function notRunText({ dropped, evicted, expired }: ChannelStats): string {
  return `${dropped} dropped, ${evicted} evicted, ${expired} expired`;
}

function watchesText({ watchers, slowWatchers, coalesced }: ChannelStats): string {
  const slow = slowWatchers > 0 ? styled("yellow", `, ${slowWatchers} slow`) : "";
  return `${watchers}${slow}${coalesced > 0n ? `, ${coalesced} changes merged` : ""}`;
}

function fact(name: string, text: string): string {
  return `  ${dim(name.padEnd(9))} ${text}`;
}

/** `0.05/s`, `12.3/s`, `1240/s` */
export function rate(perSecond: number): string {
  return `${perSecond >= 100 ? Math.round(perSecond) : Number(perSecond.toPrecision(3))}/s`;
}
