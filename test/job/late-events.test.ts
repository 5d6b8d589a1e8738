import { describe, expect, it } from "vitest";
import { alarmOf } from "../../src/job/job.ts";
import type { JobEvent } from "../../src/job/job-event.ts";
import { jobType } from "./job-type.ts";
import { everySecond, failed, Subject, start, stop, succeeded } from "./subject.ts";

/**
 * What happens to a job waits behind what has happened to others, and commands get in before it. Here they bring the job back to
 * where it was: only what the event itself tells can show that it is about what was before.
 */
interface Case {
  /** Brings it to where the event can happen to it. */
  readonly prepare: (subject: Subject) => void;
  readonly event: (subject: Subject) => JobEvent;
}

const alarm = (subject: Subject): JobEvent => {
  const set = alarmOf(subject.job);
  if (set === undefined) throw new Error(`No alarm while ${subject.status.state}`);
  subject.at = set.timeMs;
  return set;
};
const runId = ({ status }: Subject) => status.currentRun?.runId ?? "";
const retry = { maxAttempts: 3, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };
const progress = { current: 1, total: 2, unit: "", message: "", stage: "" };
const run = (subject: Subject) => void subject.send(start());
const stopRun = (subject: Subject) => {
  run(subject);
  subject.send(stop());
};

const cases: Readonly<Record<string, Case>> = {
  "the next time of its schedule": {
    prepare: (subject) => {
      subject.send(start({ schedule: everySecond }));
      subject.end();
    },
    event: alarm,
  },
  "the end of its time": { prepare: run, event: alarm },
  "the end of a grace": { prepare: stopRun, event: alarm },
  "the next attempt of a run": {
    prepare: (subject) => {
      run(subject);
      subject.end(failed);
    },
    event: alarm,
  },
  "the progress of a run": {
    prepare: run,
    event: (subject) => ({ kind: "progressed", runId: runId(subject), progress }),
  },
  "a stop that a run was told of": {
    prepare: stopRun,
    event: (subject) => ({ kind: "acknowledged", runId: runId(subject) }),
  },
  "the end of a run": {
    prepare: run,
    event: (subject) => ({ kind: "ended", runId: runId(subject), result: succeeded }),
  },
  "the end of its retention": {
    prepare: (subject) => {
      subject.send(
        start({ schedule: { ...everySecond, kind: "cron", expression: "0 0 1 1 *", timeZone: "UTC" } }),
      );
      subject.send(stop());
    },
    event: ({ status }) => ({ kind: "expired", sinceMs: status.updateTimeMs }),
  },
};

/** It is stopped, at once, and nothing of it is left but what is told of it. */
function end(subject: Subject): void {
  subject.send(stop());
  if (subject.status.state === "stopping") subject.end(failed);
}

describe.each(Object.entries(cases))("%s", (_, { prepare, event }) => {
  function setup(): { readonly subject: Subject; readonly happened: JobEvent } {
    const subject = new Subject();
    subject.type = jobType({ name: "t", timeoutMs: 1000, retry });
    prepare(subject);
    const happened = event(subject);
    subject.at = Math.max(subject.at, 1000);
    return { subject, happened };
  }

  it("changes the job that it happened to", () => {
    const { subject, happened } = setup();
    expect(subject.send(happened)).not.toBe("unchanged");
  });

  it("changes nothing of one that was stopped and has come to the same state again", () => {
    const { subject, happened } = setup();
    const { state } = subject.status;
    end(subject);
    prepare(subject);
    expect(subject.status.state).toBe(state);
    expect(subject.send(happened)).toBe("unchanged");
  });
});
