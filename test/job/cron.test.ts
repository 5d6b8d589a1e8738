import { describe, expect, it } from "vitest";
import type { CronSchedule } from "../../src/job/schedule.ts";
import { pause, Subject, start } from "./subject.ts";

const hour = 3_600_000;
/** At two o'clock every night; the subject's clock begins at midnight. */
const nightly: CronSchedule = {
  kind: "cron",
  expression: "0 2 * * *",
  timeZone: "UTC",
  overlap: "skip",
  catchUpMs: 0,
};

function started(over: Partial<CronSchedule> = {}): Subject {
  const subject = new Subject();
  subject.send(start({ schedule: { ...nightly, ...over } }));
  return subject;
}

describe("a job with a cron expression", () => {
  it("waits for its first time when it is started", () => {
    const subject = started();
    expect(subject.status).toMatchObject({
      state: "scheduled",
      desiredState: "running",
      reason: "SCHEDULED",
      nextRunTimeMs: 2 * hour,
      executionCount: 0,
    });
  });

  it("runs at each of its times", () => {
    const subject = started();
    subject.at = 2 * hour;
    expect(subject.due()).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: 26 * hour,
      currentRun: { scheduledTimeMs: 2 * hour },
    });
    subject.end();
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 26 * hour });
  });

  it("keeps its times where it is replaced, paused and resumed, or triggered", () => {
    const subject = started();
    subject.at = hour;
    expect(subject.send({ kind: "trigger" })).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", nextRunTimeMs: 2 * hour });
    subject.send(start({ conflictPolicy: "replace", schedule: { ...nightly, expression: "0 4 * * *" } }));
    subject.end();
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 4 * hour });
    subject.send(pause());
    subject.at = 5 * hour;
    subject.send({ kind: "resume" });
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 28 * hour });
  });

  it("counts the times that passed while its server was down, and makes up for the last where it may", () => {
    const subject = started({ catchUpMs: 3 * hour });
    subject.at = 28 * hour;
    subject.send({ kind: "recovered" });
    expect(subject.status).toMatchObject({ nextRunTimeMs: 50 * hour, counters: { missed: 1 } });
    expect(subject.due()).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", currentRun: { scheduledTimeMs: 26 * hour } });
  });

  it("counts no more than a thousand of them, however long it was", () => {
    const subject = started({ expression: "* * * * *" });
    subject.at = 1000 * hour;
    subject.send({ kind: "recovered" });
    expect(subject.status.counters.missed).toBe(1000);
    expect(subject.status.nextRunTimeMs).toBe(1000 * hour + 60_000);
  });

  it("counts no time twice where its alarm goes off early", () => {
    const subject = started();
    subject.at = 2 * hour - 5;
    subject.send({ kind: "due", timeMs: 2 * hour });
    expect(subject.status).toMatchObject({ state: "running", nextRunTimeMs: 26 * hour });
  });

  it("waits anew where the clock was put back: it runs at no other time of the day", () => {
    const subject = started();
    subject.at = -30 * hour;
    expect(subject.send({ kind: "due", timeMs: 2 * hour })).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "scheduled",
      executionCount: 0,
      nextRunTimeMs: -22 * hour,
    });
    subject.at = -22 * hour;
    subject.due();
    subject.at = -23 * hour;
    subject.send({ kind: "due", timeMs: 2 * hour });
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: -22 * hour,
      counters: { skippedOverlap: 0 },
    });
  });
});

describe("jitter", () => {
  it("delays the run, and next_run_time says so; the times of the schedule stay", () => {
    const subject = new Subject();
    subject.random = 0.5;
    subject.send(start({ schedule: { ...nightly, jitterMs: 999 } }));
    expect(subject.status.nextRunTimeMs).toBe(2 * hour + 500);
    subject.at = 2 * hour + 500;
    subject.random = 0.999;
    expect(subject.due()).toBe("changed");
    expect(subject.status).toMatchObject({
      nextRunTimeMs: 26 * hour + 999,
      currentRun: { scheduledTimeMs: 2 * hour },
    });
  });

  it("lets an interval keep its rhythm", () => {
    const subject = new Subject();
    const schedule = {
      kind: "interval",
      intervalMs: 1000,
      overlap: "skip",
      catchUpMs: 0,
      jitterMs: 99,
    } as const;
    subject.random = 0.5;
    subject.send(start({ schedule }));
    for (const timeMs of [1050, 2050, 3050]) {
      subject.end();
      expect(subject.status.nextRunTimeMs).toBe(timeMs);
      subject.at = timeMs;
      expect(subject.due()).toBe("changed");
    }
    expect(subject.status.counters.missed).toBe(0);
  });
});
