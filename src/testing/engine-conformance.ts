import { EngineBenches } from "./engine-bench.ts";
import { commitCases } from "./engine-commit-cases.ts";
import { queueCases } from "./engine-queue-cases.ts";
import { ticketCases } from "./engine-ticket-cases.ts";
import type { EngineUnderTest, TestRunner } from "./engine-under-test.ts";

/**
 * What every engine must do, whatever it is made of: order and bounds, one fate for each command, commits that are
 * whole, changes without gaps. Its cases run one after the other. A failed case throws an `AssertionError` of `node:assert`.
 *
 * @example
 * import { describe, it } from "vitest";
 * engineConformance({ createEngine: (options) => createMyEngine(options) }, { describe, it });
 */
export function engineConformance(engine: EngineUnderTest, { describe, it }: TestRunner): void {
  const benches = new EngineBenches(engine);
  const cleanly: TestRunner["it"] = (name, body) =>
    it(name, async () => {
      try {
        await body();
      } finally {
        await benches.dispose();
      }
    });
  describe("an engine's queue", () => queueCases(benches, cleanly));
  describe("an engine's tickets", () => ticketCases(benches, cleanly));
  describe("an engine's commits and changes", () => commitCases(benches, cleanly));
}
