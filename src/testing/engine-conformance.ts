import type { Clock } from "../async/clock.ts";
import type { FullMode } from "../channel/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { Priority } from "../job/command.ts";
import { commitCases } from "./engine-commit-cases.ts";
import { queueCases } from "./engine-queue-cases.ts";
import { ticketCases } from "./engine-ticket-cases.ts";

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

/**
 * What every engine must do, whatever it is made of: order and bounds, one fate for each command, commits that are
 * whole, changes without gaps. A failed case throws an `AssertionError` of `node:assert`.
 *
 * @example
 * import { describe, it } from "vitest";
 * engineConformance({ createEngine: (options) => createMyEngine(options) }, { describe, it });
 */
export function engineConformance(engine: EngineUnderTest, runner: TestRunner): void {
  runner.describe("an engine's queue", () => queueCases(engine, runner));
  runner.describe("an engine's tickets", () => ticketCases(engine, runner));
  runner.describe("an engine's commits and changes", () => commitCases(engine, runner));
}
