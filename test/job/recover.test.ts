import { describe, expect, it, vi } from "vitest";
import { cronTimes } from "../../src/calendar/cron-times.ts";
import { alarmOf } from "../../src/job/job.ts";
import type { Schedule } from "../../src/job/schedule.ts";
import { aborted, everySecond, failed, pause, Subject, start, stop } from "./subject.ts";

const recovered = { kind: "recovered" } as const;
const catchingUp = { ...everySecond, catchUpMs: 600 };

function onLost(policy: "restart" | "fail", subject = new Subject()): Subject {
  subject.type = { ...subject.type, onLost: policy };
  return subject;
}

describe("a run that was going on when its server ended", () => {
  it("is lost, and the job with it where its type says fail", () => {
    const subject = onLost("fail");
    subject.send(start());
    subject.at = 900;
    expect(subject.send(recovered)).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "lost",
      desiredState: "running",
      reason: "LOST",
      currentRun: {
        runId: "run-1",
        state: "lost",
        endTimeMs: 900,
        error: { reason: "LOST", retryable: true },
      },
    });
    expect(subject.kinds()).toEqual(["recordRun"]);
    expect(alarmOf(subject.job)).toBeUndefined();
  });

  it("is lost, and another begins in its place where its type says restart", () => {
    const subject = onLost("restart");
    subject.send(start({ input: { n: 1 } }));
    subject.send(recovered);
    expect(subject.status).toMatchObject({
      state: "running",
      executionCount: 2,
      currentRun: { runId: "run-2" },
    });
    expect(subject.effects).toMatchObject([
      { kind: "recordRun", run: { runId: "run-1", state: "lost" } },
      { kind: "startRun", run: { runId: "run-2" }, input: { n: 1 } },
    ]);
  });

  it("of a schedule is made up for, or leaves the job to its next time", () => {
    for (const [policy, state] of [
      ["restart", "running"],
      ["fail", "scheduled"],
    ] as const) {
      const subject = onLost(policy, Subject.scheduled());
      subject.at = 3500;
      subject.send(recovered);
      expect(subject.status).toMatchObject({ state, nextRunTimeMs: 4000, counters: { missed: 3 } });
    }
  });

  it("that was being stopped is over, and the job stopped as was asked", () => {
    const subject = onLost("restart");
    subject.send(start());
    subject.send(stop());
    subject.send(recovered);
    expect(subject.status).toMatchObject({
      state: "stopped",
      desiredState: "stopped",
      currentRun: { state: "lost" },
    });
  });

  it("that was being cancelled leaves the job to its schedule", () => {
    const subject = Subject.scheduled();
    subject.send(stop({ scope: "current-run" }));
    subject.send(recovered);
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 1000 });
  });

  it("that was being replaced is followed by the one that replaces it", () => {
    const subject = onLost("fail");
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace", input: { n: 2 } }));
    subject.send(recovered);
    expect(subject.effects.at(-1)).toMatchObject({ kind: "startRun", input: { n: 2 } });
  });

  it("that was being replaced is lost for good where the queue for a slot is full", () => {
    const subject = onLost("fail");
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace", input: { n: 2 } }));
    subject.slot = { kind: "queueFull", capacity: 1 };
    expect(subject.send(recovered)).toBe("changed");
    expect(subject.status.state).toBe("lost");
  });

  it("of a job to be paused is lost, and the job is paused", () => {
    const subject = onLost("restart", Subject.scheduled());
    subject.send(pause());
    subject.send(recovered);
    expect(subject.status).toMatchObject({ state: "paused", desiredState: "paused", executionCount: 1 });
  });

  it("waits for a slot where there is none", () => {
    const subject = onLost("restart");
    subject.send(start());
    subject.slot = { kind: "taken", ahead: 0 };
    subject.send(recovered);
    expect(subject.status.state).toBe("pending");
    expect(subject.kinds()).toEqual(["recordRun"]);
  });

  it("is lost for good where the queue for a slot is full", () => {
    const subject = onLost("restart");
    subject.send(start());
    subject.slot = { kind: "queueFull", capacity: 1 };
    subject.send(recovered);
    expect(subject.status.state).toBe("lost");
  });
});

describe("a run that the end of its server cut short", () => {
  it.each([
    ["restart", "running"],
    ["fail", "lost"],
  ] as const)("counts like one that was lost: %s", (policy, state) => {
    const subject = onLost(policy);
    subject.send(start());
    subject.send({ kind: "drain", graceMs: 100 });
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "lost", reason: "DRAINED" });
    subject.send(recovered);
    expect(subject.status).toMatchObject({ state, desiredState: "running" });
  });

  it("is made up for before the next time of its schedule", () => {
    const subject = onLost("restart", Subject.scheduled());
    subject.send({ kind: "drain", graceMs: 100 });
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 1000 });
    subject.at = 500;
    subject.send(recovered);
    expect(subject.due()).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", nextRunTimeMs: 1000 });
  });

  it("that was being replaced is followed, after the restart, by the one that replaces it", () => {
    const subject = onLost("restart");
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace", input: { n: 2 } }));
    subject.send({ kind: "drain", graceMs: 100 });
    expect(alarmOf(subject.job)).toEqual({ kind: "graceOver", timeMs: 100 });
    subject.end(aborted);
    expect(subject.status.state).toBe("lost");
    subject.send(recovered);
    expect(subject.effects.at(-1)).toMatchObject({ kind: "startRun", input: { n: 2 } });
  });

  it("keeps the run that was to follow it", () => {
    const subject = onLost("fail", Subject.scheduled("buffer-one"));
    subject.send({ kind: "trigger" });
    subject.send({ kind: "drain", graceMs: 100 });
    subject.end(aborted);
    subject.send(recovered);
    expect(subject.due()).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", executionCount: 2 });
  });

  it("is not done again where it had come to its end, and nobody had told it to stop", () => {
    const subject = onLost("restart");
    subject.send(start());
    subject.send({ kind: "drain", graceMs: 100 });
    subject.end({ kind: "succeeded", message: "All done", result: { n: 1 } });
    expect(subject.status).toMatchObject({ state: "succeeded", message: "All done" });
    expect(subject.job.result).toEqual({ n: 1 });
    expect(subject.send(recovered)).toBe("unchanged");
  });
});

describe("a schedule whose server was down", () => {
  function idleSince(schedule: Schedule = everySecond): Subject {
    const subject = new Subject();
    subject.send(start({ schedule }));
    subject.end();
    return subject;
  }

  it("counts the times that it missed", () => {
    const subject = idleSince();
    subject.at = 3500;
    subject.send(recovered);
    expect(subject.status).toMatchObject({
      state: "scheduled",
      nextRunTimeMs: 4000,
      counters: { missed: 3 },
    });
    expect(subject.due()).toBe("unchanged");
  });

  it("counts them too where the job waits for its turn, or for its next attempt", () => {
    const pending = new Subject();
    pending.slot = { kind: "taken", ahead: 0 };
    pending.send(start({ schedule: everySecond }));
    const retry = { maxAttempts: 2, initialMs: 100, maxMs: 100, multiplier: 1, jitter: 0 };
    const retrying = new Subject();
    retrying.type = { ...retrying.type, retry };
    retrying.send(start({ schedule: everySecond }));
    retrying.end(failed);
    for (const subject of [pending, retrying]) {
      const { state } = subject.status;
      subject.at = 3500;
      subject.send(recovered);
      expect(subject.status).toMatchObject({
        state,
        nextRunTimeMs: 4000,
        counters: { missed: 3, skippedOverlap: 0 },
      });
    }
  });

  it("does not wait for a clock that was put back meanwhile", () => {
    const hour = 3_600_000;
    const nightly = { ...everySecond, kind: "cron", expression: "0 2 * * *", timeZone: "UTC" } as const;
    const [often, daily] = [idleSince(), idleSince(nightly)];
    for (const subject of [often, daily]) {
      subject.at = -30 * hour;
      subject.send(recovered);
    }
    expect(often.status).toMatchObject({ nextRunTimeMs: -30 * hour + 1000, counters: { missed: 0 } });
    expect(daily.status).toMatchObject({ nextRunTimeMs: -22 * hour, counters: { missed: 0 } });
  });

  it("looks for no other time where its next one is ahead", () => {
    const nightly = { ...everySecond, kind: "cron", expression: "0 2 * * *", timeZone: "UTC" } as const;
    const subject = idleSince(nightly);
    const after = vi.spyOn(cronTimes, "after");
    subject.at = 3_600_000;
    expect(subject.send(recovered)).toBe("unchanged");
    expect(after).not.toHaveBeenCalled();
    after.mockRestore();
  });

  it("waits for its next attempt no longer than one may have to, where the clock was put back meanwhile", () => {
    const retry = { maxAttempts: 3, initialMs: 100, maxMs: 100, multiplier: 1, jitter: 0.5 };
    for (const [breaker, longestMs] of [
      [undefined, 100],
      [{ failures: 1, halfOpenAfterMs: 1000 }, 1500],
    ] as const) {
      const subject = new Subject();
      subject.type = { ...subject.type, retry, breaker };
      subject.random = 0.9;
      subject.send(start());
      subject.end(failed);
      const dueMs = subject.status.currentRun?.nextAttemptTimeMs;
      expect(subject.send(recovered)).toBe("unchanged");
      expect(subject.status.currentRun).toMatchObject({ nextAttemptTimeMs: dueMs });
      subject.at = -3_600_000;
      subject.send(recovered);
      expect(subject.status).toMatchObject({
        state: "retrying",
        currentRun: { nextAttemptTimeMs: subject.at + longestMs },
      });
    }
  });

  it("makes up for the last of them, if that is not longer ago than its window", () => {
    const subject = idleSince(catchingUp);
    subject.at = 3500;
    subject.send(recovered);
    expect(subject.status.counters.missed).toBe(2);
    subject.due();
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: 4000,
      currentRun: { scheduledTimeMs: 3000, startTimeMs: 3500 },
    });
    const late = idleSince(catchingUp);
    late.at = 3700;
    late.send(recovered);
    expect(late.status.counters.missed).toBe(3);
    expect(late.due()).toBe("unchanged");
  });

  it("changes nothing where none was missed, or the job is paused", () => {
    const subject = idleSince();
    subject.at = 999;
    expect(subject.send(recovered)).toBe("unchanged");
    subject.send(pause());
    subject.at = 9000;
    expect(subject.send(recovered)).toBe("unchanged");
  });
});
