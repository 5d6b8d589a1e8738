import type { Clock } from "../async/clock.ts";
import type { FullMode } from "../channel/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { Priority } from "../job/command.ts";

/** How to make the engine that is held to the suite. */
export interface EngineUnderTest {
  /** A new engine with an empty store. The suite opens and disposes it. */
  createEngine(options: EngineOptions): Engine | Promise<Engine>;
  /** True for an engine that several processes can share. Default: false */
  readonly shared?: boolean;
}

export interface EngineOptions {
  readonly clock: Clock;
  /** One for each priority, best first. */
  readonly lanes: readonly {
    readonly priority: Priority;
    readonly capacity: number;
    readonly fullMode: FullMode;
  }[];
  readonly maxWaiters: number;
  /** How many changes are to be kept. */
  readonly history: number;
}

/** `describe` and `it` of whatever runs the tests: vitest, node:test, jest. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it: {
    (name: string, body: () => Promise<void>): unknown;
    skip(name: string, body: () => void): unknown;
  };
}

/** Announces one case of the suite. */
export type Announce = (name: string, body: () => Promise<void>) => unknown;
