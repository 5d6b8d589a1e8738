import type { Clock } from "../async/clock.ts";
import type { FullMode } from "../channel/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { Priority } from "../job/command.ts";

/** How to make the engine that is held to the suite. */
export interface EngineUnderTest {
  /** A new engine with an empty store. The suite opens and disposes it. */
  createEngine(options: EngineOptions): Engine | Promise<Engine>;
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
}

/** `describe` and `it` of whatever runs the tests: vitest, node:test, jest. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}
