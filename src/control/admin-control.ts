import type { LaneStats } from "../engine/engine.ts";
import type { TokenLimits } from "../limiter/token-source.ts";
import type { Call } from "./job-control.ts";
import type { TypeStats } from "./supervisor/type-stats.ts";
import type { WatchFigures } from "./watch/open-watches.ts";

/**
 * What an operator can ask of the core, apart from the jobs: how the channel does, other limits, an end in order.
 * The RPC layer calls it, the administrator implements it. Requests have been checked before they come here.
 */
export interface AdminControl {
  stats(): ChannelStats;
  /** The figures at once, and then at every interval; the last ones, and DRAINING, when the server has drained. */
  watchStats(intervalMs: number, call: Call): AsyncIterable<ChannelStats>;
  /** Changes the limits at once, also for what waits because of the old ones. Resolves with the figures after it. */
  updateLimits(request: LimitsRequest, call: Call): Promise<ChannelStats>;
  /**
   * Has the server drain and end. Resolves when every command that waited has its fate; runs may still be ending.
   * Cancellation: the server drains just the same.
   */
  drain(request: DrainRequest, call: Call): Promise<DrainedCommands>;
}

/** The channel at one moment. Counts run since the start. */
export interface ChannelStats extends WatchFigures {
  /** Best first. */
  readonly lanes: readonly LaneStats[];
  /** How long the oldest command in the lanes has waited; 0 where they are empty. */
  readonly oldestAgeMs: number;
  readonly acceptedPerSecond: number;
  /** Counts commands that took effect, and those that found their job as asked. */
  readonly appliedPerSecond: number;
  readonly dropped: number;
  readonly evicted: number;
  readonly expired: number;
  /** Unset: no limit. */
  readonly limits?: TokenLimits | undefined;
  readonly activeRuns: number;
  /** Those that the operator declared, in their order. */
  readonly types: readonly TypeStats[];
  /** True: a lane is nearly full, or the store cannot write. */
  readonly degraded: boolean;
}

/** What is unset stays as it is. */
export interface LimitsRequest {
  readonly tokensPerSecond?: number | undefined;
  readonly burst?: number | undefined;
  readonly reason: string;
}

export interface DrainRequest {
  /** Unset: the server's own. */
  readonly timeoutMs?: number | undefined;
  readonly reason: string;
}

/** What became of the commands that waited when the drain began. */
export interface DrainedCommands {
  readonly applied: number;
  readonly refused: number;
}
