import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/job/run-result.ts";
import { aborted, everySecond, failed, succeeded } from "../../job/subject.ts";
import { DecidedJobs } from "../decided-jobs.ts";

const t = { name: "t", template: true };
const retry = { maxAttempts: 2, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };

/** Jobs with one, `a`, that has begun to run; what it came to is committed. */
function running(type: Partial<ConstructorParameters<typeof DecidedJobs>[0]["types"][number]> = {}) {
  const jobs = new DecidedJobs({ types: [{ ...t, ...type }] });
  jobs.start("a", { jobType: "t" });
  jobs.commit();
  return jobs;
}

function end(jobs: DecidedJobs, result: RunResult = succeeded): boolean {
  return jobs.handle("a", { kind: "ended", runId: jobs.runId("a"), result });
}

const progress = { current: 1, total: 2, unit: "", message: "", stage: "" };

describe("EventHandler.handle()", () => {
  it("stages what the event changes", () => {
    const jobs = running();
    expect(end(jobs)).toBe(true);
    expect(jobs.table.batch.changes).toMatchObject([{ status: { state: "succeeded" }, progressOnly: false }]);
  });

  it("does nothing for a job that is gone, or was made anew under its id", () => {
    const jobs = running();
    const event = { kind: "ended", runId: jobs.runId("a"), result: succeeded } as const;
    expect(jobs.events.handle({ jobId: "a", uid: "another", event })).toBe(true);
    expect(jobs.events.handle({ jobId: "gone", uid: "gone", event })).toBe(true);
    expect(jobs.table.batch.isEmpty).toBe(true);
  });

  it("removes a job that has expired", () => {
    const jobs = running();
    end(jobs);
    jobs.handle("a", { kind: "expired", sinceMs: jobs.status("a")?.updateTimeMs ?? -1 });
    expect(jobs.status("a")).toBeUndefined();
    expect(jobs.table.batch.changes.map(({ kind }) => kind)).toEqual(["changed", "removed"]);
  });

  it("gives the slot of a run that has ended to whoever waits for it, in the same batch", () => {
    const jobs = running({ concurrency: 1 });
    jobs.start("b", { jobType: "t" });
    end(jobs);
    expect(jobs.status("b")).toMatchObject({ state: "running" });
  });

  it("sets the timer that a job needs where one that is over by now changes nothing", () => {
    const jobs = running({ schedule: everySecond });
    end(jobs);
    const { nextRunTimeMs = 0 } = jobs.status("a") ?? {};
    jobs.timers.dispose();
    jobs.handle("a", { kind: "due", timeMs: nextRunTimeMs - 1000 });
    expect(jobs.status("a")).toMatchObject({ state: "scheduled", nextRunTimeMs });
    expect(jobs.clock.pendingTimers).toBe(1);
  });

  it("marks what nothing but the progress of a run has changed", () => {
    const jobs = running();
    jobs.handle("a", { kind: "progressed", runId: jobs.runId("a"), progress });
    expect(jobs.table.batch.changes).toMatchObject([
      { progressOnly: true, status: { currentRun: { progress } } },
    ]);
  });
});

describe("EventHandler.handle(), while the server drains", () => {
  it("begins no run of a schedule", async () => {
    const jobs = running({ schedule: everySecond });
    end(jobs);
    jobs.commit();
    jobs.isDraining = true;
    await jobs.clock.advance(1000);
    expect(jobs.posted.map((posted) => jobs.events.handle(posted))).toEqual([true]);
    expect(jobs.status("a")).toMatchObject({ state: "scheduled" });
  });

  it("begins no further attempt", async () => {
    const jobs = running({ retry });
    end(jobs, failed);
    jobs.commit();
    jobs.isDraining = true;
    await jobs.clock.advance(1000);
    expect(jobs.posted.map((posted) => jobs.events.handle(posted))).toEqual([true]);
    expect(jobs.status("a")).toMatchObject({ state: "retrying" });
  });
});

describe("EventHandler.handle(), while the store has no room", () => {
  it.each([
    ["run of a schedule", { schedule: everySecond }, succeeded, "scheduled"],
    ["further attempt", { retry }, failed, "retrying"],
  ])("puts off a %s, and tries again a second later", async (_, type, result, state) => {
    const jobs = running(type);
    end(jobs, result);
    jobs.commit();
    jobs.hasRoom = false;
    await jobs.clock.advance(1000);
    const [alarm] = jobs.posted.splice(0);
    if (alarm === undefined) throw new Error("No alarm");
    expect(jobs.events.handle(alarm)).toBe(true);
    expect(jobs.status("a")).toMatchObject({ state });
    await jobs.clock.advance(1000);
    expect(jobs.posted).toEqual([alarm]);
    jobs.hasRoom = true;
    jobs.events.handle(alarm);
    expect(jobs.status("a")).toMatchObject({ state: "running" });
  });

  it("keeps no progress", () => {
    const jobs = running();
    jobs.hasRoom = false;
    jobs.handle("a", { kind: "progressed", runId: jobs.runId("a"), progress });
    expect(jobs.table.batch.isEmpty).toBe(true);
  });

  it("takes the end of a run that nothing follows", () => {
    const jobs = running();
    jobs.hasRoom = false;
    expect(end(jobs)).toBe(true);
    expect(jobs.status("a")).toMatchObject({ state: "succeeded" });
  });

  it.each([
    ["by its fallback", { hasFallback: true }, failed],
    ["by the run that replaces it", {}, aborted],
  ])(
    "holds the end of a run back that is followed %s, and tries again a second later",
    async (_, type, result) => {
      const jobs = running(type);
      if (result === aborted) jobs.start("a", { conflictPolicy: "replace" });
      jobs.commit();
      jobs.hasRoom = false;
      expect(end(jobs, result)).toBe(false);
      expect(jobs.table.batch.isEmpty).toBe(true);
      await jobs.clock.advance(1000);
      const held = jobs.posted.filter(({ event }) => event.kind === "ended");
      expect(held).toHaveLength(1);
      jobs.hasRoom = true;
      expect(held.map((posted) => jobs.events.handle(posted))).toEqual([true]);
      expect(jobs.table.batch.effects.map(({ effect }) => effect.kind)).toContain("startRun");
    },
  );

  it("takes a run that has ended for nothing else while that is held back: its time cannot be over as well", async () => {
    const jobs = running({ hasFallback: true, timeoutMs: 500 });
    jobs.hasRoom = false;
    end(jobs, failed);
    await jobs.clock.advance(500);
    expect(jobs.posted.map(({ event }) => event.kind)).toEqual(["timedOut"]);
    expect(jobs.posted.map((posted) => jobs.events.handle(posted))).toEqual([true]);
    expect(jobs.status("a")).toMatchObject({ state: "running" });
  });
});

describe("EventHandler.recover()", () => {
  it("ends what went on when the last server did, and leaves the queue where it is", () => {
    const jobs = running({ concurrency: 1 });
    jobs.start("b", { jobType: "t" });
    const job = jobs.table.get("a");
    if (job === undefined) throw new Error("No job");
    jobs.events.recover(job);
    expect(jobs.status("a")).toMatchObject({ state: "lost" });
    expect(jobs.status("b")).toMatchObject({ state: "pending" });
  });
});
