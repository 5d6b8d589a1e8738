import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateWatch } from "../../src/testing/watch-validator.ts";
import { randomRuns, stressTimeoutMs } from "./stress-parameters.ts";
import { anyWireSchedule, WirePlay } from "./wire-play.ts";

describe("watches over the wire, whatever commands, readers and cables do", () => {
  it("are ordered, unique, reliable, resumable and bookmarkable", { timeout: stressTimeoutMs }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(10, 1000), anyWireSchedule, async (ring, schedule) => {
        await using play = await WirePlay.open(ring);
        for (const step of schedule) await play.step(step);
        const { recordings, history } = await play.end();
        for (const recording of recordings) expect(validateWatch(recording, history)).toEqual([]);
      }),
      // Its timing is not the seed's, so that a smaller schedule may fail no more: it is shown as it failed.
      { ...randomRuns(4), endOnFailure: true },
    );
  });
});
