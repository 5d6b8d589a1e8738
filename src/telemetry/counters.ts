import { type Command, type Priority, priorities } from "../job/command.ts";
import type { RunStatus } from "../job/job-status.ts";
import type { Receipt } from "../job/settlement.ts";
import { neverBegan } from "../job/transitions/breaker.ts";
import { Histogram } from "./histogram.ts";
import type { Meter } from "./meter.ts";
import { Tally } from "./tally.ts";
import type { TypeLabels } from "./type-labels.ts";

/** How long the commands of one lane waited, in seconds. */
export interface LaneWaits {
  readonly space: Histogram;
  readonly queue: Histogram;
  readonly token: Histogram;
}

/**
 * Plain counts since the start of the process. They are made into something only when somebody reads them. What can be told
 * beforehand is there with 0: of a count that begins with 1 nobody sees that it rose.
 */
export class Counters implements Meter {
  readonly types: TypeLabels;
  readonly commands = new Tally<{ kind: string; lane: string; outcome: string }>();
  readonly waits: ReadonlyMap<Priority, LaneWaits> = new Map(priorities.map((lane) => [lane, laneWaits()]));
  readonly commits = new Tally<{ result: string }>();
  readonly commitDuration = new Histogram(commitBounds);
  readonly runs = new Tally<{ type: string; result: string }>();
  /** Attempts beyond the first of each run, fallbacks not counted. */
  readonly retries = new Tally<{ type: string }>();
  readonly runDurations = new Map<string, Histogram>();

  /** Calls and pages that were refused before anybody looked at what they ask, by reason. */
  readonly refusals = new Tally<{ reason: string }>();

  constructor({ types }: CountersOptions) {
    this.types = types;
    for (const result of ["ok", "failed"]) this.commits.expect({ result });
    for (const type of types.all) {
      for (const result of ["succeeded", "failed", "stopped", "lost"]) this.runs.expect({ type, result });
      this.retries.expect({ type });
    }
  }

  commandSettled({ kind, priority }: Command, receipt: Receipt): void {
    this.commands.add({ kind, lane: priority, outcome: receipt.outcome });
    const waits = this.waits.get(priority);
    if (waits === undefined) return;
    waits.space.observe(receipt.spaceWaitMs / 1000);
    waits.queue.observe(receipt.queueWaitMs / 1000);
    waits.token.observe(receipt.tokenWaitMs / 1000);
  }

  storeCommitted(durationMs: number, succeeded: boolean): void {
    this.commits.add({ result: succeeded ? "ok" : "failed" });
    this.commitDuration.observe(durationMs / 1000);
  }

  attemptBegan(type: string, { attempt, fallback }: RunStatus): void {
    if (attempt > 1 && fallback === undefined) this.retries.add({ type: this.types.of(type) });
  }

  runEnded(jobType: string, run: RunStatus): void {
    const { state, startTimeMs, endTimeMs = startTimeMs } = run;
    const type = this.types.of(jobType);
    this.runs.add({ type, result: state });
    // It took no time, or only waited: that would make the work look quicker, or slower, than it is.
    if (neverBegan(run)) return;
    const durations = this.runDurations.get(type) ?? new Histogram(runBounds);
    this.runDurations.set(type, durations);
    durations.observe(Math.max(0, endTimeMs - startTimeMs) / 1000);
  }
}

export interface CountersOptions {
  readonly types: TypeLabels;
}

function laneWaits(): LaneWaits {
  return {
    space: new Histogram(waitBounds),
    queue: new Histogram(waitBounds),
    token: new Histogram(waitBounds),
  };
}

/** In seconds. */
const waitBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];
const commitBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];
const runBounds = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 21_600];
