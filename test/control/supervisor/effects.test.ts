import { describe, expect, it } from "vitest";
import { LoopTurn } from "../../../src/async/loop-turn.ts";
import { OutputHub } from "../../../src/control/output/output-hub.ts";
import { Effects } from "../../../src/control/supervisor/effects.ts";
import { Runs } from "../../../src/control/supervisor/runs.ts";
import { failed, succeeded } from "../../job/subject.ts";
import { DecidedJobs } from "../decided-jobs.ts";

const t = { name: "t", template: true };

/** Jobs whose batches the test commits, with a runner and a journal that remember what they were told. */
function setup(type: Partial<ConstructorParameters<typeof DecidedJobs>[0]["types"][number]> = {}) {
  const jobs = new DecidedJobs({ types: [{ ...t, ...type }] });
  const { clock, table, timers } = jobs;
  const told: string[] = [];
  const runner = {
    start: ({ jobId }: { readonly jobId: string }) => {
      told.push(`start ${jobId}`);
      return { stop: () => told.push(`stop ${jobId}`), kill: () => told.push(`kill ${jobId}`) };
    },
    recover: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const journal = {
    circuitChanged: (jobType: string, { state }: { readonly state: string }) =>
      told.push(`circuit of ${jobType} ${state}`),
  };
  const runs = new Runs({
    runner,
    output: new OutputHub({ clock }),
    clock,
    post: (event) => jobs.posted.push(event),
  });
  const effects = new Effects({ table, runs, timers, journal });
  const take = () => {
    table.seal();
    return table.takeCommitted();
  };
  return { jobs, runs, effects, told, take };
}

function end(jobs: DecidedJobs, jobId: string, result: typeof succeeded | typeof failed): void {
  jobs.handle(jobId, { kind: "ended", runId: jobs.runId(jobId), result });
}

describe("Effects.carryOut()", () => {
  it("has runs begin and stop, in the order in which that was decided", () => {
    const { jobs, effects, runs, told, take } = setup();
    jobs.start("a", { jobType: "t" });
    jobs.start("b", { jobType: "t" });
    jobs.stop("a");
    jobs.stop("b", { force: true });
    expect(told).toEqual([]);
    effects.carryOut(take());
    expect(told).toEqual(["start a", "start b", "stop a", "stop b", "kill b"]);
    expect(runs.count).toBe(2);
  });

  it("sets the timers that jobs need by what is committed, and not by what is staged on top of it", async () => {
    const { jobs, effects, take } = setup({ timeoutMs: 5000 });
    jobs.start("a", { jobType: "t" });
    const batch = take();
    end(jobs, "a", succeeded);
    effects.carryOut(batch);
    await jobs.clock.advance(5000);
    expect(jobs.posted).toMatchObject([{ jobId: "a", event: { kind: "timedOut" } }]);
    effects.carryOut(take());
    expect(jobs.clock.pendingTimers).toBe(0);
  });

  it("tells the journal of a circuit that opens or closes, and not that it is tried, or opens anew", async () => {
    const { jobs, effects, told, take } = setup({ breaker: { failures: 1, halfOpenAfterMs: 1000 } });
    const outcomes = [failed, failed, succeeded];
    for (const result of outcomes) {
      jobs.start("a", { jobType: "t" });
      effects.carryOut(take());
      end(jobs, "a", result);
      effects.carryOut(take());
      await jobs.clock.advance(1000);
    }
    expect(told.filter((line) => line.startsWith("circuit"))).toEqual([
      "circuit of t open",
      "circuit of t closed",
    ]);
  });
});

describe("Effects.carryOutRecovery()", () => {
  it("does the same, in turns of the event loop", async () => {
    const { jobs, effects, told, take } = setup({ timeoutMs: 5000 });
    jobs.start("a", { jobType: "t" });
    await effects.carryOutRecovery(take(), { turn: new LoopTurn(jobs.clock), mayBegin: () => true });
    expect(told).toEqual(["start a"]);
    expect(jobs.clock.pendingTimers).toBe(1);
  });

  it("begins nothing once the server is to end, and does all else", async () => {
    const { jobs, effects, runs, told, take } = setup();
    for (const jobId of ["a", "b", "c"]) jobs.start(jobId, { jobType: "t" });
    jobs.stop("a");
    const mayBegin = () => told.length < 1;
    await effects.carryOutRecovery(take(), { turn: new LoopTurn(jobs.clock), mayBegin });
    expect(told).toEqual(["start a", "stop a"]);
    expect(runs.count).toBe(1);
    expect(jobs.clock.pendingTimers).toBe(1);
  });
});
