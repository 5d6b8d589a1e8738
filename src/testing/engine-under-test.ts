import type { Clock } from "../async/clock.ts";
import type { FullMode } from "../channel/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { Priority } from "../job/command.ts";

/** How to make the engine that is held to the suite. */
export interface EngineUnderTest {
  /** A new engine with an empty store. The suite opens and disposes it. */
  createEngine(options: EngineOptions): Engine | Promise<Engine>;
  /**
   * Another engine, on what is durable of the last one at this moment: as if that had been killed, or after it ended.
   * The last one may go on; nothing that it does later may be seen. Unset where nothing outlives an engine.
   */
  recoverEngine?(options: EngineOptions): Engine | Promise<Engine>;
  /** Resolves once nothing is under way between the engine and its store. Unset where that takes no time. */
  settle?(): Promise<void>;
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
