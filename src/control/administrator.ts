import { onAbort } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { WakeUp } from "../async/wake-up.ts";
import type { Engine, LaneStats } from "../engine/engine.ts";
import { invalidFields, JobControlError } from "../job/errors.ts";
import type { AdjustableTokens } from "../limiter/token-source.ts";
import type {
  AdminControl,
  ChannelStats,
  DrainedCommands,
  DrainRequest,
  LimitsRequest,
} from "./admin-control.ts";
import type { EventRate } from "./event-rate.ts";
import type { Call } from "./job-control.ts";
import { nearlyFull } from "./nearly-full.ts";
import { draining } from "./refusals.ts";
import type { TypeStats } from "./supervisor/type-stats.ts";
import type { OpenWatches } from "./watch/open-watches.ts";

export interface AdministratorOptions {
  readonly engine: Pick<Engine, "stats">;
  readonly tokens: AdjustableTokens;
  readonly accepted: EventRate;
  readonly applied: EventRate;
  readonly watches: OpenWatches;
  readonly activeRuns: () => number;
  readonly types: () => readonly TypeStats[];
  /** From how full on a lane makes the channel degraded. */
  readonly degradedAt: number;
  readonly clock: Clock;
  /** Called when the limits have changed, so that nobody waits by the old ones. */
  readonly onLimitsChanged: () => void;
  /** Begins to drain, or brings its end forward; resolves when every command has its fate. */
  readonly drain: (request: DrainRequest) => Promise<DrainedCommands>;
  /** Fires when the server has drained. */
  readonly closing: AbortSignal;
}

/** The operator's side of the core. It reads what others count anyway, so that no command waits for it. */
export class Administrator implements AdminControl {
  readonly #options: AdministratorOptions;

  constructor(options: AdministratorOptions) {
    this.#options = options;
  }

  stats(): ChannelStats {
    const { engine, tokens, accepted, applied, watches, activeRuns, types, degradedAt } = this.#options;
    const { lanes, outcomes, canWrite } = engine.stats();
    return {
      lanes,
      oldestAgeMs: this.#oldestAgeMs(lanes),
      acceptedPerSecond: accepted.perSecond,
      appliedPerSecond: applied.perSecond,
      dropped: outcomes.dropped,
      evicted: outcomes.evicted,
      expired: outcomes.expired,
      limits: tokens.limits,
      ...watches.read(),
      activeRuns: activeRuns(),
      types: types(),
      degraded: !canWrite || nearlyFull(lanes, degradedAt).length > 0,
    };
  }

  async *watchStats(intervalMs: number, { signal }: Call): AsyncGenerator<ChannelStats, void> {
    const { clock, closing } = this.#options;
    const wakeUp = new WakeUp();
    const wake = () => wakeUp.wake();
    const offs = [onAbort(signal, wake), onAbort(closing, wake)];
    try {
      for (let dueMs = clock.monotonic(); !signal.aborted; ) {
        yield this.stats();
        if (closing.aborted) throw new JobControlError(draining);
        dueMs = Math.max(dueMs + intervalMs, clock.monotonic());
        if (dueMs === clock.monotonic()) continue;
        const timer = clock.setTimer(dueMs - clock.monotonic(), wake);
        await wakeUp.wait();
        timer.cancel();
      }
    } finally {
      for (const off of offs) off();
    }
  }

  async updateLimits({ tokensPerSecond: rate, burst }: LimitsRequest): Promise<ChannelStats> {
    const { tokens, onLimitsChanged } = this.#options;
    if (tokens.limits === undefined && rate === undefined && burst !== undefined) {
      const description = "cannot be set without tokens_per_second where there is no limit";
      throw invalidFields([{ field: "burst", description }]);
    }
    await tokens.update({ ...(rate !== undefined && { rate }), ...(burst !== undefined && { burst }) });
    onLimitsChanged();
    return this.stats();
  }

  drain(request: DrainRequest): Promise<DrainedCommands> {
    return this.#options.drain(request);
  }

  #oldestAgeMs(lanes: readonly LaneStats[]): number {
    const nowMs = this.#options.clock.monotonic();
    return lanes.reduce(
      (age, { oldestAcceptedAtMs = nowMs }) => Math.max(age, nowMs - oldestAcceptedAtMs),
      0,
    );
  }
}
