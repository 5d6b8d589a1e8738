import { describe, expect, it } from "vitest";
import { everySecond, failed, pause, Subject, start, stop } from "./subject.ts";

const resume = { kind: "resume" } as const;
const trigger = { kind: "trigger" } as const;

/** On a schedule, with its first run over at 300 ms. */
function waiting(overlap: "skip" | "buffer-one" | "cancel-running" = "skip"): Subject {
  const subject = Subject.scheduled(overlap);
  subject.at = 300;
  subject.end();
  return subject;
}

function paused(overlap: "skip" | "buffer-one" | "cancel-running" = "skip"): Subject {
  const subject = waiting(overlap);
  subject.send(pause());
  return subject;
}

describe("Pause", () => {
  it("holds a scheduled job, which has no next time then", () => {
    const subject = waiting();
    expect(subject.send(pause("maintenance"))).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "paused",
      desiredState: "paused",
      reason: "PAUSED",
      message: "Paused: maintenance",
    });
    expect(subject.status.nextRunTimeMs).toBeUndefined();
    subject.at = 5000;
    expect(subject.due()).toBe("unchanged");
  });

  it("lets a run go on to its end, and no other follow", () => {
    const subject = Subject.scheduled();
    subject.send(pause("maintenance"));
    expect(subject.status).toMatchObject({
      state: "running",
      desiredState: "paused",
      reason: "PAUSE_REQUESTED",
    });
    subject.at = 1000;
    expect(subject.due()).toBe("unchanged");
    subject.end(failed);
    expect(subject.status).toMatchObject({
      state: "paused",
      reason: "PAUSED",
      message: "Paused: maintenance",
      counters: { failed: 1 },
      currentRun: { error: { reason: "THREW" } },
    });
  });

  it("drops the run that was to follow", () => {
    const subject = Subject.scheduled("buffer-one");
    subject.at = 1000;
    subject.due();
    subject.send(pause());
    subject.end();
    expect(subject.status.state).toBe("paused");
    expect(subject.due()).toBe("unchanged");
  });

  it("holds a job that waits for a slot: it leaves the queue", () => {
    const subject = new Subject();
    subject.slot = { kind: "taken", ahead: 0 };
    subject.send(start());
    expect(subject.send(pause())).toBe("changed");
    expect(subject.status).toMatchObject({ state: "paused", executionCount: 0 });
    expect(subject.send({ kind: "slotFree" })).toBe("unchanged");
  });

  it("holds a job whose run is being cancelled, and says still that it is", () => {
    const subject = Subject.scheduled();
    subject.send(stop({ scope: "current-run" }));
    expect(subject.send(pause())).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "stopping",
      desiredState: "paused",
      reason: "RUN_CANCELLED",
    });
    subject.end();
    expect(subject.status).toMatchObject({ state: "paused", counters: { stopped: 1 } });
  });

  it("is harmless when repeated", () => {
    expect(paused().send(pause())).toBe("unchanged");
    const running = Subject.scheduled();
    running.send(pause());
    expect(running.send(pause())).toBe("unchanged");
  });

  it("gives the job a new etag", () => {
    const subject = waiting();
    const { etag } = subject.status;
    subject.send(pause());
    expect(subject.status.etag).not.toBe(etag);
  });

  it.each([
    ["was never started", () => new Subject()],
    ["is stopped", () => sent(waiting(), stop())],
    ["is being stopped", () => sent(Subject.scheduled(), stop())],
    ["runs once, without a schedule", () => sent(new Subject(), start())],
  ])("is refused for a job that %s", (_what, make) => {
    expect(make().send(pause())).toBe("WRONG_STATE");
  });
});

describe("Resume", () => {
  it("has a paused job wait for the next time of its old rhythm", () => {
    const subject = paused();
    subject.at = 4200;
    expect(subject.send(resume)).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "scheduled",
      desiredState: "running",
      nextRunTimeMs: 5000,
      counters: { missed: 0 },
    });
  });

  it("takes back a pause that still waits for the end of a run", () => {
    const subject = Subject.scheduled();
    subject.send(pause());
    subject.at = 400;
    expect(subject.send(resume)).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "running",
      desiredState: "running",
      nextRunTimeMs: 1000,
      message: "Running",
      reason: "",
    });
    subject.end();
    expect(subject.status.state).toBe("scheduled");
  });

  it("begins the run that a pause kept from its slot", () => {
    const subject = new Subject();
    subject.slot = { kind: "taken", ahead: 0 };
    subject.send(start({ input: { n: 1 } }));
    subject.send(pause());
    expect(subject.send(resume)).toBe("changed");
    expect(subject.status.state).toBe("pending");
    subject.send(pause());
    subject.slot = { kind: "free" };
    subject.send(resume);
    expect(subject.status).toMatchObject({ state: "running", desiredState: "running" });
    expect(subject.effects.at(-1)).toMatchObject({ kind: "startRun", input: { n: 1 } });
  });

  it.each([
    ["scheduled", () => waiting()],
    ["running", () => Subject.scheduled()],
    ["running once", () => sent(new Subject(), start())],
    ["having its run cancelled", () => sent(Subject.scheduled(), stop({ scope: "current-run" }))],
  ])("changes nothing for a job that is %s", (_what, make) => {
    expect(make().send(resume)).toBe("unchanged");
  });

  it.each([
    ["is settled", () => new Subject()],
    ["is being stopped", () => sent(Subject.scheduled(), stop())],
  ])("is refused for a job that %s", (_what, make) => {
    expect(make().send(resume)).toBe("WRONG_STATE");
  });
});

describe("Start of a paused job", () => {
  it("resumes it", () => {
    const subject = paused();
    expect(subject.send(start({ schedule: everySecond }))).toBe("changed");
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 1000 });
  });

  it("resumes it with FAIL too, for it does not run", () => {
    expect(paused().send(start({ conflictPolicy: "fail" }))).toBe("changed");
  });

  it("begins it anew with REPLACE", () => {
    const subject = paused();
    subject.at = 700;
    subject.send(start({ conflictPolicy: "replace", schedule: everySecond, input: { n: 2 } }));
    expect(subject.status).toMatchObject({ state: "running", desiredState: "running", nextRunTimeMs: 1700 });
    expect(subject.job.input).toEqual({ n: 2 });
  });
});

describe("Stop of a paused job", () => {
  it("stops it", () => {
    const subject = paused();
    expect(subject.send(stop())).toBe("changed");
    expect(subject.status).toMatchObject({ state: "stopped", desiredState: "stopped" });
  });

  it("of its run alone changes nothing", () => {
    expect(paused().send(stop({ scope: "current-run" }))).toBe("unchanged");
  });
});

describe("Trigger", () => {
  it("runs a scheduled job now, and leaves its times as they are", () => {
    const subject = waiting();
    subject.at = 400;
    expect(subject.send(trigger)).toBe("changed");
    expect(subject.status).toMatchObject({
      state: "running",
      executionCount: 2,
      nextRunTimeMs: 1000,
      currentRun: { startTimeMs: 400, scheduledTimeMs: undefined },
    });
    subject.end();
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 1000 });
  });

  it("runs a paused job once, and it stays paused", () => {
    const subject = paused();
    subject.send(trigger);
    expect(subject.status).toMatchObject({ state: "running", desiredState: "paused" });
    subject.end();
    expect(subject.status).toMatchObject({ state: "paused", executionCount: 2 });
  });

  it("waits for a slot like any run", () => {
    const subject = waiting();
    subject.slot = { kind: "taken", ahead: 3 };
    subject.send(trigger);
    expect(subject.status).toMatchObject({ state: "pending", reason: "WAITING_FOR_SLOT" });
    expect(subject.send(trigger)).toBe("unchanged");
    subject.slot = { kind: "queueFull", capacity: 3 };
    expect(waiting().send(trigger)).toBe("changed");
    expect(sent(waiting(), stop()).send(trigger)).toBe("WRONG_STATE");
  });

  it("is refused where the queue of the type is full", () => {
    const subject = waiting();
    subject.slot = { kind: "queueFull", capacity: 3 };
    expect(subject.send(trigger)).toBe("QUEUE_FULL");
  });

  it("while a run goes on is refused with overlap SKIP", () => {
    expect(Subject.scheduled().send(trigger)).toBe("JOB_RUNNING");
  });

  it("while a run goes on has one follow with BUFFER_ONE, and not two", () => {
    const subject = Subject.scheduled("buffer-one");
    expect(subject.send(trigger)).toBe("changed");
    expect(subject.send(trigger)).toBe("unchanged");
    subject.end();
    subject.due();
    expect(subject.status).toMatchObject({ state: "running", executionCount: 2, nextRunTimeMs: 1000 });
    subject.end();
    expect(subject.due()).toBe("unchanged");
  });

  it("while a run goes on stops that first with CANCEL_RUNNING", () => {
    const subject = Subject.scheduled("cancel-running");
    expect(subject.send(trigger)).toBe("changed");
    expect(subject.status).toMatchObject({ state: "stopping", desiredState: "running" });
    expect(subject.kinds()).toEqual(["stopRun"]);
    subject.end(failed);
    subject.due();
    expect(subject.status).toMatchObject({ state: "running", executionCount: 2, counters: { stopped: 1 } });
  });

  it("of a paused job that runs has another follow, and it stays paused", () => {
    const subject = paused("buffer-one");
    subject.send(trigger);
    subject.send(trigger);
    subject.end();
    expect(subject.status.state).toBe("paused");
    subject.due();
    expect(subject.status).toMatchObject({ state: "running", desiredState: "paused", executionCount: 3 });
  });

  it.each([
    ["is settled", () => new Subject()],
    ["is stopped", () => sent(waiting(), stop())],
    ["is being stopped", () => sent(Subject.scheduled("buffer-one"), stop())],
    ["has no schedule", () => sent(new Subject(), start())],
  ])("is refused for a job that %s", (_what, make) => {
    expect(make().send(trigger)).toBe("WRONG_STATE");
  });
});

function sent(subject: Subject, event: Parameters<Subject["send"]>[0]): Subject {
  expect(subject.send(event)).toBe("changed");
  return subject;
}
