import type { Clock, Timer } from "../async/clock.ts";
import type { ConsumerState } from "../control/consumer/consumer-state.ts";
import { nearlyFull } from "../control/nearly-full.ts";
import type { LaneStats } from "../engine/engine.ts";
import type { ServingStatus } from "../rpc/serving-status.ts";
import type { Log } from "./log.ts";

/**
 * How the server does, for whoever asks in whichever way: grpc.health.v1 and `/readyz` tell the same, as both are told
 * from here. Alive is a server whose event loop turns and whose consumer goes on; ready is one that takes commands and
 * can keep them. A lane that is nearly full is a warning: it is still ready.
 */
export class ServerHealth {
  readonly #options: ServerHealthOptions;
  #phase: "recovering" | "open" | "draining" = "recovering";
  #isStoreWritable = true;
  /** It was open, and has said that it is not ready. */
  #isTroubled = false;
  #timer: Timer | undefined;

  constructor(options: ServerHealthOptions) {
    this.#options = options;
  }

  /** What was there before is taken over, and calls are answered. */
  opened(): void {
    this.#phase = "open";
    this.#lookAgain();
  }

  draining(): void {
    this.#phase = "draining";
    this.#timer?.cancel();
    this.#tell();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }

  storeIsWritable(isWritable: boolean): void {
    this.#isStoreWritable = isWritable;
    this.#tell();
  }

  /** The consumer has ended by a fault of its own: nothing is applied any more. */
  failed(): void {
    this.#tell();
  }

  /** Whether the process is of any use, or had better be started anew. */
  get live(): Health {
    return healthOf([{ name: "event-loop", state: "ok" }, this.#consumerCheck()]);
  }

  /** Whether calls should come here. */
  get ready(): Health {
    return healthOf([this.#phaseCheck(), this.#consumerCheck(), this.#storeCheck(), this.#channelCheck()]);
  }

  /** What comes over it without an event, such as a commit that does not end, is seen now and then. */
  #lookAgain(): void {
    this.#tell();
    this.#timer = this.#options.clock.setTimer(lookAgainMs, () => this.#lookAgain());
  }

  #tell(): void {
    const { serving } = this.#options;
    const { isGood, checks } = this.ready;
    const state = isGood ? "serving" : "not-serving";
    if (serving.get("") !== state) serving.set(state);
    if (this.#phase === "open" && this.#isTroubled === isGood) this.#log(checks);
  }

  #log(checks: readonly HealthCheck[]): void {
    const { log } = this.#options;
    this.#isTroubled = !this.#isTroubled;
    const failed = checks.filter(({ state }) => state === "failed");
    const because = failed.map(({ name, because }) => `${name} ${because}`).join(", ");
    if (this.#isTroubled) log.warn({ because }, "Not ready: no new work should come here");
    else log.info({}, "Ready again");
  }

  #phaseCheck(): HealthCheck {
    const name = "serving";
    return this.#phase === "open" ? { name, state: "ok" } : { name, state: "failed", because: this.#phase };
  }

  #consumerCheck(): HealthCheck {
    const name = "consumer";
    const { hasFailed, busyMs } = this.#options.consumer();
    if (hasFailed) return { name, state: "failed", because: "ended by a fault of its own" };
    if (busyMs < longestBusyMs) return { name, state: "ok" };
    return { name, state: "failed", because: `stuck for ${Math.floor(busyMs / 1000)} s` };
  }

  #storeCheck(): HealthCheck {
    const name = "store";
    if (!this.#isStoreWritable) return { name, state: "failed", because: "cannot write" };
    const { commitMs } = this.#options.consumer();
    if (commitMs < longestCommitMs) return { name, state: "ok" };
    return { name, state: "failed", because: `has been writing for ${Math.floor(commitMs / 1000)} s` };
  }

  #channelCheck(): HealthCheck {
    const { lanes, degradedAt } = this.#options;
    const full = nearlyFull(lanes(), degradedAt);
    const because = full.map(({ priority, depth, capacity }) => `${priority} holds ${depth} of ${capacity}`);
    if (full.length === 0) return { name: "channel", state: "ok" };
    return { name: "channel", state: "degraded", because: because.join(", ") };
  }
}

export interface ServerHealthOptions {
  /** Told of every change of what `ready` says. */
  readonly serving: ServingStatus;
  readonly clock: Clock;
  /** Hears when an open server is not ready any more, and when it is again. */
  readonly log: Pick<Log, "info" | "warn">;
  readonly consumer: () => ConsumerState;
  readonly lanes: () => readonly LaneStats[];
  /** From how full on a lane is a warning, as a share of its capacity. */
  readonly degradedAt: number;
}

export interface Health {
  /** False as soon as one check has failed. */
  readonly isGood: boolean;
  readonly checks: readonly HealthCheck[];
}

export interface HealthCheck {
  readonly name: string;
  readonly state: "ok" | "degraded" | "failed";
  /** Where it is not ok. */
  readonly because?: string;
}

function healthOf(checks: readonly HealthCheck[]): Health {
  return { isGood: checks.every(({ state }) => state !== "failed"), checks };
}

/** It never works for longer than milliseconds without a pause: after so long something is wrong with it. */
const longestBusyMs = 30_000;

/** A commit takes milliseconds; while one takes so long nobody's command is answered. */
const longestCommitMs = 10_000;
const lookAgainMs = 1000;
