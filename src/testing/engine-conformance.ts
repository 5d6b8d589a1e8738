import assert from "node:assert/strict";
import { abortCases } from "./engine-abort-cases.ts";
import { EngineBenches } from "./engine-bench.ts";
import { commitCases } from "./engine-commit-cases.ts";
import { fateCases } from "./engine-fate-cases.ts";
import { joinCases } from "./engine-join-cases.ts";
import { lifeCases } from "./engine-life-cases.ts";
import { queueCases } from "./engine-queue-cases.ts";
import { recoveryCases } from "./engine-recovery-cases.ts";
import { roomCases } from "./engine-room-cases.ts";
import { statsCases } from "./engine-stats-cases.ts";
import { ticketCases } from "./engine-ticket-cases.ts";
import type { Announce, EngineUnderTest, TestRunner } from "./engine-under-test.ts";

/**
 * What every engine must do, whatever it is made of: order and bounds, one fate for each command, commits that are
 * whole, changes without gaps, and nothing left behind after any of it. Its cases run one after the other. A failed
 * case throws an `AssertionError` of `node:assert`.
 *
 * @example
 * import { describe, it } from "vitest";
 * engineConformance({ createEngine: (options) => createMyEngine(options) }, { describe, it });
 */
export function engineConformance(engine: EngineUnderTest, { describe, it }: TestRunner): void {
  const benches = new EngineBenches(engine);
  const { shared = false } = engine;
  const cleanly: Announce = (name, body) =>
    it(name, async () => {
      try {
        await body();
        await benches.end();
      } finally {
        await benches.dispose();
      }
    });
  describe("an engine's queue", () => queueCases(benches, cleanly));
  describe("an engine's room", () => roomCases(benches, cleanly));
  describe("an engine's tickets", () => ticketCases(benches, cleanly));
  describe("an engine's callers with one request id", () => joinCases(benches, cleanly));
  describe("an engine whose caller goes away", () => abortCases(benches, cleanly));
  describe("an engine's receipts", () => fateCases(benches, cleanly));
  describe("an engine's commits and changes", () => commitCases(benches, cleanly));
  describe("an engine on what another left behind", () => {
    if (engine.recoverEngine === undefined) it.skip(`recovers: ${nothingOutlives}`, () => {});
    else recoveryCases(benches, cleanly);
  });
  describe("an engine's figures", () => statsCases(benches, cleanly));
  describe("an engine's life", () => {
    lifeCases(benches, cleanly);
    cleanly(`is ${shared ? "" : "not "}shared by several processes`, async () => {
      const bench = await benches.open();
      assert.equal(bench.engine.capabilities.shared, shared);
    });
    it.skip(`fails over, and refuses a leader that was replaced: ${shared ? notYet : notShared}`, () => {});
  });
}

const nothingOutlives = "nothing outlives this engine";
const notShared = "one process has nobody to fail over to";
const notYet = "no shared engine exists yet to write these cases against";
