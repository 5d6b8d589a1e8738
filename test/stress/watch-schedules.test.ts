import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateWatch } from "../../src/testing/watch-validator.ts";
import { anyLaneSetting } from "./lane-settings.ts";
import { Play, type PlayOptions } from "./play.ts";
import { anySchedule } from "./play-steps.ts";
import { randomRuns, stressTimeoutMs } from "./stress-parameters.ts";

const options: fc.Arbitrary<PlayOptions> = fc.record({
  ...anyLaneSetting,
  ring: fc.constantFrom(2, 5, 1000),
  stopGraceMs: fc.constantFrom(50, 1000),
  retentionMs: fc.constantFrom(100, 60_000),
  intervalMs: fc.constantFrom(100, 3_600_000),
  overlap: fc.constantFrom("skip" as const, "buffer-one" as const, "cancel-running" as const),
  concurrency: fc.constantFrom(undefined, 1),
});

describe("watches, whatever commands, runs, clock, store and readers do", () => {
  it("are ordered, unique, reliable, resumable and bookmarkable", { timeout: stressTimeoutMs }, async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.scheduler(), anySchedule, async (setting, scheduler, steps) => {
        await using play = await Play.open(setting, scheduler);
        for (const step of steps) await play.step(step);
        const { recordings, history } = await play.end();
        for (const recording of recordings) expect(validateWatch(recording, history)).toEqual([]);
      }),
      randomRuns(100),
    );
  });
});
