import { describe, expect, it } from "vitest";
import { alarmOf } from "../../src/job/job.ts";
import { everySecond, failed, Subject, start, stop } from "./subject.ts";

describe("a job whose type has no free slot", () => {
  function pending(): Subject {
    const subject = new Subject();
    subject.slot = { kind: "taken", ahead: 2 };
    subject.send(start({ input: { n: 1 } }));
    return subject;
  }

  it("waits, and says why", () => {
    expect(pending().status).toMatchObject({
      state: "pending",
      desiredState: "running",
      executionCount: 0,
      reason: "WAITING_FOR_SLOT",
      message: "Waiting for a free slot of its type, 2 ahead when it came",
    });
  });

  it("begins when its turn comes", () => {
    const subject = pending();
    subject.at = 700;
    subject.send({ kind: "slotFree" });
    expect(subject.status).toMatchObject({ state: "running", executionCount: 1, lastExecutionTimeMs: 700 });
    expect(subject.effects).toMatchObject([{ kind: "startRun", input: { n: 1 } }]);
  });

  it("is stopped at once by a Stop, and nothing was run", () => {
    const subject = pending();
    expect(subject.send(stop({ scope: "current-run" }))).toBe("unchanged");
    expect(subject.send(stop())).toBe("changed");
    expect(subject.status).toMatchObject({ state: "stopped", counters: { stopped: 0 } });
  });

  it("is as asked for a Start, refused with FAIL, and does something else in the same place with REPLACE", () => {
    const subject = pending();
    expect(subject.send(start())).toBe("unchanged");
    expect(subject.send(start({ conflictPolicy: "fail" }))).toBe("JOB_RUNNING");
    expect(subject.send(start({ conflictPolicy: "replace", input: { n: 2 } }))).toBe("changed");
    expect(subject.status.state).toBe("pending");
    subject.send({ kind: "slotFree" });
    expect(subject.effects).toMatchObject([{ kind: "startRun", input: { n: 2 } }]);
  });

  it("is refused where the queue is full, and nothing changes", () => {
    const subject = new Subject();
    subject.slot = { kind: "queueFull", capacity: 7 };
    expect(subject.send(start())).toBe("QUEUE_FULL");
    expect(subject.status.state).toBe("stopped");
  });

  it("has failed when another takes its place in the queue", () => {
    const subject = pending();
    subject.send({ kind: "evicted" });
    expect(subject.status).toMatchObject({ state: "failed", reason: "EVICTED", executionCount: 0 });
  });

  it("on a schedule waits for its next time when another takes its place", () => {
    const subject = Subject.scheduled();
    subject.end();
    subject.at = 1000;
    subject.slot = { kind: "taken", ahead: 0 };
    subject.due();
    expect(subject.status.state).toBe("pending");
    subject.send({ kind: "evicted" });
    expect(subject.status).toMatchObject({
      state: "scheduled",
      nextRunTimeMs: 2000,
      counters: { skippedOverlap: 1 },
    });
  });

  it("on a schedule skips a time at which the queue is full, and the times while it waits", () => {
    const subject = Subject.scheduled();
    subject.end();
    subject.at = 1000;
    subject.slot = { kind: "queueFull", capacity: 1 };
    subject.due();
    expect(subject.status).toMatchObject({
      state: "scheduled",
      reason: "QUEUE_FULL",
      nextRunTimeMs: 2000,
      counters: { skippedOverlap: 1 },
    });
    subject.at = 2000;
    subject.slot = { kind: "taken", ahead: 0 };
    subject.due();
    subject.at = 3500;
    subject.due();
    expect(subject.status).toMatchObject({ state: "pending", counters: { skippedOverlap: 2 } });
    subject.send({ kind: "slotFree" });
    expect(subject.status.currentRun).toMatchObject({ scheduledTimeMs: 2000, startTimeMs: 3500 });
  });
});

describe("overlap BUFFER_ONE", () => {
  it("has one run follow as soon as this one has ended, whose end is seen first", () => {
    const subject = Subject.scheduled("buffer-one");
    subject.at = 1000;
    subject.due();
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: 2000,
      counters: { skippedOverlap: 0 },
    });
    subject.at = 1400;
    subject.end(failed);
    expect(subject.status).toMatchObject({ state: "scheduled", reason: "THREW" });
    expect(alarmOf(subject.job)).toEqual({ kind: "due", timeMs: 0 });
    subject.due();
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: 2000,
      currentRun: { scheduledTimeMs: 1000, startTimeMs: 1400 },
    });
  });

  it("never has two, and counts what it skips", () => {
    const subject = Subject.scheduled("buffer-one");
    for (subject.at = 1000; subject.at <= 4000; subject.at += 1000) subject.due();
    expect(subject.status).toMatchObject({ nextRunTimeMs: 5000, counters: { skippedOverlap: 3, missed: 0 } });
    subject.at = 4500;
    subject.end();
    subject.due();
    subject.end();
    expect(subject.due()).toBe("unchanged");
    expect(subject.status.executionCount).toBe(2);
  });

  it("is forgotten by a Stop, and kept by one of the run alone", () => {
    const subject = Subject.scheduled("buffer-one");
    subject.at = 1000;
    subject.due();
    subject.send(stop({ scope: "current-run" }));
    subject.end();
    expect(subject.due()).toBe("changed");
    expect(subject.status.state).toBe("running");
    subject.at = 2000;
    subject.due();
    subject.send(stop());
    subject.end();
    expect(subject.status.state).toBe("stopped");
    expect(alarmOf(subject.job)).toBeUndefined();
  });
});

describe("overlap CANCEL_RUNNING", () => {
  it("stops the run with the grace of its type, and then begins the next", () => {
    const subject = Subject.scheduled("cancel-running");
    subject.at = 1000;
    subject.due();
    expect(subject.status).toMatchObject({
      state: "stopping",
      desiredState: "running",
      nextRunTimeMs: 2000,
      currentRun: { stopping: { reason: "Its next time has come", forceTimeMs: 2000 } },
    });
    expect(subject.kinds()).toEqual(["stopRun"]);
    subject.at = 1300;
    subject.end(failed);
    expect(subject.status).toMatchObject({ state: "scheduled", counters: { stopped: 1, failed: 0 } });
    subject.due();
    expect(subject.status).toMatchObject({ state: "running", currentRun: { scheduledTimeMs: 1000 } });
  });

  it("does not stop a run twice that takes its time", () => {
    const subject = Subject.scheduled("cancel-running");
    subject.type = { ...subject.type, stopGraceMs: 60_000 };
    subject.at = 1000;
    subject.due();
    subject.at = 2000;
    subject.effects = [];
    subject.due();
    expect(subject.effects).toEqual([]);
    expect(subject.status.counters.skippedOverlap).toBe(1);
    subject.end();
    subject.due();
    expect(subject.status.executionCount).toBe(2);
  });

  it("lets a Stop win", () => {
    const subject = Subject.scheduled("cancel-running");
    subject.at = 1000;
    subject.due();
    subject.send(stop());
    subject.end();
    expect(subject.status).toMatchObject({ state: "stopped", desiredState: "stopped" });
    expect(alarmOf(subject.job)).toBeUndefined();
  });
});

describe("Start with REPLACE of a scheduled job", () => {
  it("begins its schedule anew", () => {
    const subject = Subject.scheduled();
    subject.at = 300;
    subject.end();
    subject.send(start({ conflictPolicy: "replace", schedule: { ...everySecond, intervalMs: 2000 } }));
    expect(subject.status).toMatchObject({ state: "running", nextRunTimeMs: 2300 });
  });
});
