import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { validateWatch } from "../../../src/testing/watch-validator.ts";
import { killAll } from "../../cli/jobctl-process.ts";
import { stressSeeds } from "../stress-parameters.ts";
import { CrashPlay } from "./crash-play.ts";
import { judgeAnswers } from "./judge-answers.ts";
import { judgeEffects } from "./judge-effects.ts";
import { judgeRuns } from "./judge-runs.ts";
import { livesOf } from "./steps.ts";

afterAll(killAll);

/** Seven to thirteen servers start, one after the other: seven seconds of work, of which a busy machine makes a minute. */
const timeLimit = { timeout: 300_000 };

/** What the processes among its jobs find each other by. */
const canLock = spawnSync("flock", ["--version"]).status === 0;

describe.skipIf(!canLock)(
  `a server that is killed again and again${canLock ? "" : ": there is no flock"}`,
  () => {
    it.each(stressSeeds(1))(
      "has kept all that was answered (JOBCONTROL_SEED=%i)",
      timeLimit,
      async (seed) => {
        await using play = await CrashPlay.open();
        for (const life of livesOf(seed)) await play.live(life);
        const { evidence, recordings } = await play.end();
        const faults = [...judgeAnswers(evidence), ...judgeEffects(evidence), ...judgeRuns(evidence)];
        expect(faults).toEqual([]);
        for (const recording of recordings) {
          expect(recording.end.kind).not.toBe("ended");
          expect(validateWatch(recording, evidence.history)).toEqual([]);
        }
      },
    );
  },
);
