import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobIds } from "./commands.ts";
import { judgeAnswers } from "./job-linearizability.ts";
import { anyLaneSetting } from "./lane-settings.ts";
import { Play, type PlayOptions } from "./play.ts";
import { anySchedule } from "./play-steps.ts";
import { randomRuns, stressTimeoutMs } from "./stress-parameters.ts";

/** No time of a schedule comes, no grace is over, no job is removed: the model has no clock, and no slots. */
const options: fc.Arbitrary<PlayOptions> = fc.record({
  ...anyLaneSetting,
  ring: fc.constant(1000),
  stopGraceMs: fc.constant(3_600_000),
  retentionMs: fc.constant(3_600_000),
  intervalMs: fc.constant(24 * 3_600_000),
  overlap: fc.constant("skip" as const),
  concurrency: fc.constant(undefined),
});

describe("answers, whatever callers, runs, clock and store do", () => {
  it("are those of a plain map of jobs, one command after the other", {
    timeout: stressTimeoutMs,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.scheduler(), anySchedule, async (setting, scheduler, schedule) => {
        await using play = await Play.open(setting, scheduler);
        for (const step of schedule) await play.step(step);
        const { operations, unanswered, reads, history } = await play.end();
        expect(unanswered).toBe(0);
        expect(judgeAnswers(operations, jobIds)).toEqual([]);
        for (const { jobId, revision, notBefore } of reads) {
          expect(revision).toBeGreaterThanOrEqual(notBefore);
          if (revision > 0) expect(history.at(revision)?.status.jobId).toBe(jobId);
        }
      }),
      randomRuns(100),
    );
  });
});
