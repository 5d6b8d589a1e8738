import { describe, expect, it } from "vitest";
import { alarmOf } from "../../src/job/job.ts";
import type { JobType } from "../../src/job/job-type.ts";
import { backoffMs } from "../../src/job/transitions/attempt.ts";
import { aborted, everySecond, failed, pause, Subject, start, stop } from "./subject.ts";

const policy = { maxAttempts: 3, initialMs: 100, maxMs: 1000, multiplier: 2, jitter: 0 };

/** A job whose first attempt is going on. */
function running(over: Partial<JobType> = {}, subject = new Subject()): Subject {
  subject.type = { ...subject.type, retry: policy, ...over };
  subject.send(start());
  return subject;
}

/** A job whose first attempt has failed. */
function retrying(over: Partial<JobType> = {}): Subject {
  const subject = running(over);
  subject.end(failed);
  return subject;
}

/** Its alarm goes off. */
function ring(subject: Subject): string {
  const alarm = alarmOf(subject.job);
  if (alarm === undefined) return "no alarm";
  subject.at = Math.max(subject.at, alarm.timeMs);
  return subject.send(alarm);
}

describe("a run that fails and has attempts left", () => {
  it("waits for the next one, and says when that is and why", () => {
    const subject = retrying();
    expect(subject.status).toMatchObject({
      state: "retrying",
      desiredState: "running",
      reason: "THREW",
      message: "Attempt 1 of 3 failed: boom",
      currentRun: {
        runId: "run-1",
        state: "retrying",
        attempt: 1,
        maxAttempts: 3,
        nextAttemptTimeMs: 100,
        error: { reason: "THREW", attempt: 1 },
      },
      counters: { failed: 0, retries: 0 },
    });
    expect(subject.kinds()).toEqual(["endAttempt"]);
  });

  it("has another attempt, of the same run", () => {
    const subject = retrying();
    expect(ring(subject)).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "running",
      executionCount: 1,
      currentRun: { runId: "run-1", state: "running", attempt: 2, startTimeMs: 0 },
      counters: { retries: 1 },
    });
    expect(subject.status.currentRun?.nextAttemptTimeMs).toBeUndefined();
    expect(subject.effects).toMatchObject([{ kind: "startRun", run: { attempt: 2 } }]);
    subject.end();
    expect(subject.status).toMatchObject({ state: "succeeded", counters: { succeeded: 1, failed: 0 } });
  });

  it("has nothing of the attempt before it but how that has failed, as its fallback has", () => {
    const subject = running({ hasFallback: true });
    const progress = { current: 3, total: 10, unit: "", message: "", stage: "" };
    for (const next of [{ attempt: 2 }, { attempt: 2, fallback: {} }]) {
      subject.send({ kind: "progressed", runId: "run-1", progress });
      subject.end({ ...failed, reason: "EXIT_CODE", exitCode: 3, retryable: next.fallback === undefined });
      if (next.fallback === undefined) ring(subject);
      expect(subject.status).toMatchObject({
        state: "running",
        currentRun: { ...next, error: { reason: "EXIT_CODE" } },
      });
      const { progress: told, exitCode } = subject.status.currentRun ?? {};
      expect([told, exitCode]).toEqual([undefined, undefined]);
    }
  });

  it("has failed when its last attempt has", () => {
    const subject = retrying();
    for (const _ of [2, 3]) {
      ring(subject);
      subject.end(failed);
    }
    expect(subject.status).toMatchObject({
      state: "failed",
      reason: "THREW",
      currentRun: { state: "failed", attempt: 3 },
      counters: { failed: 1, retries: 2, consecutiveFailures: 1 },
    });
    expect(subject.kinds()).toEqual(["recordRun"]);
  });

  it("has failed at once where another attempt would not help", () => {
    const subject = running();
    subject.end({ ...failed, retryable: false });
    expect(subject.status).toMatchObject({ state: "failed", currentRun: { attempt: 1 } });
  });

  it("has the number of attempts of its beginning, whatever its type says later", () => {
    const subject = retrying();
    subject.type = { ...subject.type, retry: { ...policy, maxAttempts: 1 } };
    ring(subject);
    subject.end(failed);
    expect(subject.status).toMatchObject({ state: "retrying", currentRun: { attempt: 2, maxAttempts: 3 } });
  });
});

describe("while a run waits for its next attempt", () => {
  it("a Stop ends it at once, and no attempt follows", () => {
    const subject = retrying();
    subject.send(stop({ reason: "enough" }));
    expect(subject.status).toMatchObject({
      state: "stopped",
      desiredState: "stopped",
      message: "Stopped: enough",
      currentRun: { state: "stopped", stopping: { requestedBy: "me", reason: "enough" } },
      counters: { stopped: 1 },
    });
    expect(subject.kinds()).toEqual(["recordRun"]);
    expect(alarmOf(subject.job)).toBeUndefined();
  });

  it("Stop of the run alone leaves the schedule", () => {
    const subject = running({}, Subject.scheduled());
    // The schedule began before there was a policy.
    subject.end();
    subject.at = 1000;
    subject.due();
    subject.end(failed);
    subject.send(stop({ scope: "current-run" }));
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 2000 });
  });

  it.each([
    ["use-existing", "unchanged"],
    ["fail", "JOB_RUNNING"],
  ] as const)("a Start finds it running: %s", (conflictPolicy, answer) => {
    expect(retrying().send(start({ conflictPolicy }))).toBe(answer);
  });

  it("a Start with REPLACE takes its slot, and begins at once", () => {
    const subject = retrying();
    subject.slot = { kind: "queueFull", capacity: 0 };
    subject.send(start({ conflictPolicy: "replace", input: { n: 2 } }));
    expect(subject.status).toMatchObject({ state: "running", executionCount: 2, counters: { stopped: 1 } });
    expect(subject.effects).toMatchObject([
      { kind: "recordRun", run: { runId: "run-1", state: "stopped" } },
      { kind: "startRun", run: { runId: "run-2" }, input: { n: 2 } },
    ]);
  });

  it("its schedule goes on as its overlap policy says", () => {
    const states = (["skip", "buffer-one", "cancel-running"] as const).map((overlap) => {
      const subject = new Subject();
      subject.type = { ...subject.type, retry: { ...policy, initialMs: 5000, maxMs: 5000 } };
      subject.send(start({ schedule: { ...everySecond, overlap } }));
      subject.end(failed);
      subject.at = 1000;
      subject.due();
      return [subject.status.state, subject.status.executionCount, subject.job.owed];
    });
    expect(states).toEqual([
      ["retrying", 1, undefined],
      ["retrying", 1, { scheduledTimeMs: 1000 }],
      ["running", 2, undefined],
    ]);
  });

  it("a Trigger cancels it where the overlap policy says so", () => {
    const subject = new Subject();
    subject.type = { ...subject.type, retry: policy };
    subject.send(start({ schedule: { ...everySecond, overlap: "cancel-running" } }));
    subject.end(failed);
    expect(subject.send({ kind: "trigger" })).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", executionCount: 2 });
    expect(subject.kinds()).toEqual(["recordRun", "startRun"]);
  });

  it("a Pause lets it go on to its end", () => {
    const subject = new Subject();
    subject.type = { ...subject.type, retry: policy };
    subject.send(start({ schedule: everySecond }));
    subject.end(failed);
    expect(subject.send(pause())).toBe("changed");
    expect(ring(subject)).toBe("changed");
    subject.end();
    expect(subject.status).toMatchObject({ state: "paused", counters: { succeeded: 1 } });
  });

  it("a restart of the server changes nothing: the next attempt comes at its time", () => {
    const subject = retrying();
    subject.at = 5000;
    expect(subject.send({ kind: "recovered" })).toBe("unchanged");
    expect(alarmOf(subject.job)).toEqual({ kind: "retryDue", timeMs: 100 });
    expect(ring(subject)).toBe("changed");
    expect(subject.status.currentRun).toMatchObject({ attempt: 2 });
  });
});

describe("a time-out", () => {
  it("stops an attempt that takes too long, which has failed", () => {
    const subject = running({ timeoutMs: 500, retry: undefined, stopGraceMs: 200 });
    expect(alarmOf(subject.job)).toEqual({ kind: "timedOut", timeMs: 500 });
    ring(subject);
    expect(subject.status).toMatchObject({ state: "stopping", desiredState: "running", reason: "TIMED_OUT" });
    expect(subject.kinds()).toEqual(["stopRun"]);
    expect(ring(subject)).toBe("changed");
    expect(subject.kinds()).toEqual(["killRun"]);
    subject.end(aborted);
    expect(subject.status).toMatchObject({
      state: "failed",
      reason: "TIMED_OUT",
      message: "Took longer than 0.5 s",
      currentRun: { state: "failed", error: { reason: "TIMED_OUT", retryable: true } },
      counters: { failed: 1, timedOut: 1, stopped: 0 },
    });
  });

  it("is followed by another attempt, which has its own time", () => {
    const subject = running({ timeoutMs: 500 });
    ring(subject);
    subject.at = 600;
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "retrying", counters: { timedOut: 0 } });
    ring(subject);
    expect(alarmOf(subject.job)).toEqual({ kind: "timedOut", timeMs: 1200 });
  });

  it("does not undo what had come to its end before it was told", () => {
    const subject = running({ timeoutMs: 500 });
    ring(subject);
    subject.end();
    expect(subject.status).toMatchObject({ state: "succeeded", counters: { succeeded: 1 } });
  });

  it("is overruled by a Stop", () => {
    const subject = running({ timeoutMs: 500 });
    ring(subject);
    subject.send(stop());
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "stopped", desiredState: "stopped" });
  });

  it("is overruled by a Stop of the run alone: no attempt follows", () => {
    const subject = running({ timeoutMs: 500 });
    ring(subject);
    expect(subject.send(stop({ scope: "current-run", reason: "enough" }))).toBe("changed");
    expect(subject.status).toMatchObject({ state: "stopping", desiredState: "stopped" });
    expect(subject.send(stop({ scope: "current-run" }))).toBe("unchanged");
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "stopped", message: "Stopped: enough" });
  });

  it("is overruled by such a Stop, and the schedule goes on", () => {
    const subject = new Subject();
    subject.type = { ...subject.type, timeoutMs: 500, retry: policy };
    subject.send(start({ schedule: everySecond }));
    ring(subject);
    expect(subject.send(stop({ scope: "current-run" }))).toBe("changed");
    expect(subject.status).toMatchObject({ desiredState: "running", reason: "RUN_CANCELLED" });
    subject.end(aborted);
    expect(subject.status).toMatchObject({
      state: "scheduled",
      nextRunTimeMs: 1000,
      counters: { stopped: 1 },
    });
  });

  it("leaves the schedule of the job", () => {
    const subject = new Subject();
    subject.type = { ...subject.type, timeoutMs: 500 };
    subject.send(start({ schedule: everySecond }));
    ring(subject);
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 1000, reason: "TIMED_OUT" });
  });

  it("is followed by the next run where that would have cancelled this one", () => {
    const subject = new Subject();
    subject.type = { ...subject.type, timeoutMs: 900, retry: policy };
    subject.send(start({ schedule: { ...everySecond, overlap: "cancel-running" } }));
    ring(subject);
    subject.at = 1000;
    subject.due();
    subject.end(aborted);
    expect(subject.status).toMatchObject({
      state: "scheduled",
      reason: "TIMED_OUT",
      counters: { timedOut: 1 },
    });
    subject.due();
    expect(subject.status).toMatchObject({ state: "running", currentRun: { scheduledTimeMs: 1000 } });
  });

  it("counts as lost where the server ends before the attempt has", () => {
    const subject = running({ timeoutMs: 500 });
    ring(subject);
    subject.send({ kind: "recovered" });
    expect(subject.status).toMatchObject({ state: "lost" });
  });
});

describe("a run that waits for the circuit of its type", () => {
  it("comes somewhat later than it may, by the jitter of its retry, and not with all the others", () => {
    const breaker = { failures: 1, halfOpenAfterMs: 10_000 };
    const dueMs = [0, 0.5, 0.99].map((random) => {
      const subject = new Subject();
      subject.random = random;
      subject.circuit = { state: "open", failures: 1, openedMs: 0 };
      running({ breaker, retry: { ...policy, jitter: 0.2 } }, subject);
      return subject.status.currentRun?.nextAttemptTimeMs;
    });
    expect(dueMs).toEqual([10_000, 11_000, 11_980]);
  });
});

describe("backoffMs()", () => {
  it("grows by the multiplier, up to the longest", () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(policy, attempt, 0.5))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
  });

  it("is so much of itself shorter or longer, at random", () => {
    const jittered = { ...policy, jitter: 0.2 };
    expect([0, 0.5, 1].map((random) => backoffMs(jittered, 1, random))).toEqual([80, 100, 120]);
  });

  it("is never longer than the longest, and still not the same for all", () => {
    const jittered = { ...policy, jitter: 0.2 };
    expect([0, 0.5, 1].map((random) => backoffMs(jittered, 9, random))).toEqual([800, 900, 1000]);
  });

  it("has an end however many attempts there were", () => {
    expect(backoffMs(policy, 1000, 0.5)).toBe(1000);
  });
});
