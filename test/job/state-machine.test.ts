import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Circuit, closedCircuit, circuitAt as shownCircuit } from "../../src/job/circuit.ts";
import { type Alarm, alarmOf } from "../../src/job/job.ts";
import type { Effect, JobEvent, Slot, StartEvent, StopEvent } from "../../src/job/job-event.ts";
import { isAtRest, isSettled } from "../../src/job/job-state.ts";
import type { RunStatus } from "../../src/job/job-status.ts";
import type { CronSchedule, IntervalSchedule, Schedule, SchedulePolicies } from "../../src/job/schedule.ts";
import { aborted, everySecond, failed, pause, Subject, start, stop, succeeded } from "./subject.ts";

describe("a one-shot job", () => {
  it("runs when it is started, and succeeds", () => {
    const subject = new Subject();
    expect(subject.send(start({ input: { a: 1 } }))).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", desiredState: "running", executionCount: 1 });
    expect(subject.effects).toEqual([
      { kind: "startRun", run: expect.objectContaining({ runId: "run-1", attempt: 1 }), input: { a: 1 } },
    ]);
    subject.end();
    expect(subject.status).toMatchObject({
      state: "succeeded",
      counters: { succeeded: 1 },
      reason: "COMPLETED",
    });
    expect(subject.kinds()).toEqual(["recordRun"]);
  });

  it("fails with the reason and message of its work", () => {
    const subject = new Subject();
    subject.send(start());
    subject.end(failed);
    expect(subject.status).toMatchObject({
      state: "failed",
      reason: "THREW",
      message: "boom",
      counters: { failed: 1, consecutiveFailures: 1 },
      currentRun: { error: { reason: "THREW", attempt: 1 } },
    });
  });

  it("keeps its uid and counts on when it is started again", () => {
    const subject = new Subject();
    subject.send(start());
    subject.end();
    subject.send(start());
    expect(subject.status).toMatchObject({ uid: "0123456789", executionCount: 2, state: "running" });
  });

  it("keeps the result of the last run that succeeded", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send({ kind: "ended", runId: "run-1", result: { ...succeeded, result: { n: 1 } } });
    subject.send(start());
    subject.end(failed);
    expect(subject.job.result).toEqual({ n: 1 });
  });

  it("does not listen to a run that is over", () => {
    const subject = new Subject();
    subject.send(start());
    subject.end();
    subject.send(start());
    expect(subject.send({ kind: "ended", runId: "run-1", result: succeeded })).toBe("unchanged");
    const progress = { current: 1, total: 2, unit: "", message: "", stage: "" };
    expect(subject.send({ kind: "progressed", runId: "run-1", progress })).toBe("unchanged");
  });
});

describe("Start of a running job", () => {
  it("changes nothing with USE_EXISTING", () => {
    const subject = new Subject();
    subject.send(start());
    expect(subject.send(start({ input: { other: true } }))).toBe("unchanged");
  });

  it("is refused with FAIL", () => {
    const subject = new Subject();
    subject.send(start());
    expect(subject.send(start({ conflictPolicy: "fail" }))).toBe("JOB_RUNNING");
  });

  it("with REPLACE stops the old run, and starts the new one when that has ended", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace", input: { second: true } }));
    expect(subject.status).toMatchObject({ state: "stopping", desiredState: "running", reason: "REPLACING" });
    expect(subject.kinds()).toEqual(["stopRun"]);
    subject.end(failed);
    expect(subject.status).toMatchObject({
      state: "running",
      executionCount: 2,
      counters: { stopped: 1, failed: 0 },
    });
    expect(subject.effects.at(-1)).toMatchObject({ kind: "startRun", input: { second: true } });
  });

  it("with REPLACE twice runs only the last", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace", input: { n: 2 } }));
    subject.send(start({ conflictPolicy: "replace", input: { n: 3 } }));
    subject.end();
    expect(subject.job.input).toEqual({ n: 3 });
    expect(subject.status.executionCount).toBe(2);
  });
});

describe("Stop", () => {
  it("changes nothing where nothing runs", () => {
    expect(new Subject().send(stop())).toBe("unchanged");
  });

  it("asks the run to end, and says until when", () => {
    const subject = new Subject();
    subject.send(start());
    subject.at = 500;
    subject.send(stop({ reason: "no longer needed", requestedBy: "ops" }));
    expect(subject.status).toMatchObject({
      state: "stopping",
      desiredState: "stopped",
      currentRun: {
        stopping: { requestedBy: "ops", reason: "no longer needed", forceTimeMs: 1500, acknowledged: false },
      },
    });
    expect(alarmOf(subject.job)).toEqual({ kind: "graceOver", timeMs: 1500 });
    subject.send({ kind: "acknowledged", runId: "run-1" });
    expect(subject.status.currentRun?.stopping?.acknowledged).toBe(true);
    subject.end({ ...failed, reason: "ABORTED" });
    expect(subject.status).toMatchObject({
      state: "stopped",
      reason: "STOPPED",
      message: "Stopped: no longer needed",
      counters: { stopped: 1, failed: 0 },
    });
    expect(subject.status.currentRun?.error).toBeUndefined();
  });

  it("is harmless when repeated", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(stop());
    expect(subject.send(stop())).toBe("unchanged");
  });

  it("ends the run by force once its grace has passed, and not before", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(stop());
    subject.at = 1000;
    expect(subject.send({ kind: "graceOver", timeMs: 999 })).toBe("unchanged");
    expect(subject.send({ kind: "graceOver", timeMs: 1000 })).toBe("changed");
    expect(subject.kinds()).toEqual(["killRun"]);
    expect(alarmOf(subject.job)).toBeUndefined();
    expect(subject.send({ kind: "graceOver", timeMs: 1000 })).toBe("unchanged");
    subject.end(failed);
    expect(subject.status).toMatchObject({ state: "stopped", reason: "FORCED" });
  });

  it("can be forced while stopping, once", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(stop());
    expect(subject.send(stop({ force: true }))).toBe("changed");
    expect(subject.kinds()).toEqual(["killRun"]);
    expect(subject.send(stop({ force: true }))).toBe("unchanged");
  });

  it("with force, or without grace, kills at once", () => {
    for (const event of [stop({ force: true }), stop({ graceMs: 0 })]) {
      const subject = new Subject();
      subject.send(start());
      subject.send(event);
      expect(subject.kinds()).toEqual(["stopRun", "killRun"]);
    }
  });

  it("tells of a function that could not be ended", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(stop({ force: true }));
    subject.end({ ...failed, reason: "ABANDONED", message: "may still be running" });
    expect(subject.status).toMatchObject({
      state: "stopped",
      reason: "ABANDONED",
      message: "may still be running",
    });
  });

  it("wins over a REPLACE that is under way", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace" }));
    expect(subject.send(stop())).toBe("changed");
    subject.end();
    expect(subject.status).toMatchObject({ state: "stopped", desiredState: "stopped", executionCount: 1 });
  });

  it("that overrules a REPLACE brings its own grace and reason", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(start({ conflictPolicy: "replace" }));
    subject.at = 200;
    subject.send(stop({ requestedBy: "ops", reason: "wrong one", graceMs: 50 }));
    expect(subject.status).toMatchObject({
      message: "Asked to stop: wrong one",
      currentRun: {
        stopping: { requestedBy: "ops", reason: "wrong one", requestTimeMs: 200, forceTimeMs: 250 },
      },
    });
    subject.end();
    expect(subject.status.message).toBe("Stopped: wrong one");
  });

  it("refuses a Start meanwhile, unless it replaces", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send(stop());
    expect(subject.send(start())).toBe("WRONG_STATE");
    expect(subject.send(start({ conflictPolicy: "fail" }))).toBe("JOB_RUNNING");
    expect(subject.send(start({ conflictPolicy: "replace" }))).toBe("changed");
    subject.end();
    expect(subject.status).toMatchObject({ state: "running", executionCount: 2 });
  });
});

describe("a job on an interval", () => {
  function scheduled(): Subject {
    const subject = new Subject();
    subject.send(start({ schedule: everySecond }));
    return subject;
  }

  it("runs first at once, and then every interval from there", () => {
    const subject = scheduled();
    expect(subject.status).toMatchObject({ state: "running", nextRunTimeMs: 1000 });
    subject.at = 300;
    subject.end();
    expect(subject.status).toMatchObject({ state: "scheduled", nextRunTimeMs: 1000 });
    subject.at = 1002;
    subject.due();
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: 2000,
      executionCount: 2,
      currentRun: { scheduledTimeMs: 1000, startTimeMs: 1002 },
    });
  });

  it("does not listen to an alarm that was put off", () => {
    const subject = scheduled();
    subject.end();
    subject.at = 2000;
    expect(subject.send({ kind: "due", timeMs: 999 })).toBe("unchanged");
  });

  it("does not wait for a clock that was put back", () => {
    const subject = scheduled();
    subject.end();
    subject.at = -3_600_000;
    expect(subject.send({ kind: "due", timeMs: 1000 })).toBe("changed");
    expect(subject.status).toMatchObject({ state: "running", nextRunTimeMs: -3_599_000 });
  });

  it("skips a time at which it still runs, and counts it", () => {
    const subject = scheduled();
    subject.at = 1000;
    subject.due();
    expect(subject.status).toMatchObject({
      state: "running",
      nextRunTimeMs: 2000,
      counters: { skippedOverlap: 1 },
    });
  });

  it("goes on after a failure, and says that there was one", () => {
    const subject = scheduled();
    subject.end(failed);
    expect(subject.status).toMatchObject({
      state: "scheduled",
      reason: "THREW",
      counters: { consecutiveFailures: 1 },
    });
    subject.at = 1000;
    subject.due();
    subject.end();
    expect(subject.status.counters).toMatchObject({ failed: 1, succeeded: 1, consecutiveFailures: 0 });
  });

  it("counts the times that passed unused while it waited", () => {
    const subject = scheduled();
    subject.end();
    subject.at = 4500;
    subject.due();
    expect(subject.status).toMatchObject({ nextRunTimeMs: 5000, counters: { missed: 3 } });
  });

  it("has no next time once it is stopped", () => {
    const subject = scheduled();
    subject.end();
    subject.send(stop());
    expect(subject.status).toMatchObject({ state: "stopped", desiredState: "stopped" });
    expect(subject.status.nextRunTimeMs).toBeUndefined();
    const running = scheduled();
    running.send(stop());
    expect(running.status.nextRunTimeMs).toBeUndefined();
  });

  it("keeps its schedule where only the current run is stopped", () => {
    const subject = scheduled();
    subject.send(stop({ scope: "current-run" }));
    expect(subject.status).toMatchObject({ state: "stopping", desiredState: "running", nextRunTimeMs: 1000 });
    subject.end();
    expect(subject.status).toMatchObject({
      state: "scheduled",
      nextRunTimeMs: 1000,
      counters: { stopped: 1 },
    });
    expect(subject.send(stop({ scope: "current-run" }))).toBe("unchanged");
  });

  it("is stopped for good by a Stop that comes while its run is being cancelled", () => {
    const subject = scheduled();
    subject.send(stop({ scope: "current-run" }));
    expect(subject.send(stop())).toBe("changed");
    subject.end();
    expect(subject.status.state).toBe("stopped");
    expect(subject.status.nextRunTimeMs).toBeUndefined();
  });
});

describe("the end of the server", () => {
  it("stops a run without changing what is desired, and counts it as lost", () => {
    const subject = new Subject();
    subject.send(start());
    subject.send({ kind: "drain", graceMs: 100 });
    expect(subject.status).toMatchObject({ state: "stopping", desiredState: "running", reason: "DRAINING" });
    expect(alarmOf(subject.job)).toEqual({ kind: "graceOver", timeMs: 100 });
    subject.end(aborted);
    expect(subject.status).toMatchObject({ state: "lost", reason: "DRAINED", counters: { stopped: 0 } });
  });

  it("leaves a scheduled job as it is", () => {
    const subject = new Subject();
    subject.send(start({ schedule: everySecond }));
    subject.end();
    expect(subject.send({ kind: "drain", graceMs: 100 })).toBe("unchanged");
  });
});

describe("a settled job", () => {
  it("is removed when it has expired; any other is not", () => {
    const subject = new Subject();
    subject.send(start());
    expect(subject.expire()).toBe("unchanged");
    subject.end();
    expect(subject.expire()).toBe("removed");
  });
});

describe("the etag", () => {
  it("changes with commands, and with nothing else", () => {
    const subject = new Subject();
    const before = subject.status.etag;
    subject.send(start());
    const started = subject.status.etag;
    expect(started).not.toBe(before);
    subject.send({
      kind: "progressed",
      runId: "run-1",
      progress: { current: 1, total: 0, unit: "", message: "", stage: "" },
    });
    subject.end();
    expect(subject.status.etag).toBe(started);
  });
});

describe("the state machine, under any events", () => {
  const events: fc.Arbitrary<(subject: Subject) => JobEvent> = fc.oneof(
    fc
      .record({
        conflictPolicy: fc.constantFrom("use-existing", "fail", "replace" as const),
        schedule: fc
          .option(
            fc.record({
              times: fc.oneof(
                { arbitrary: fc.constant<Times>({ kind: "interval", intervalMs: 1000 }), weight: 4 },
                { arbitrary: fc.constant<Times>(everyTwoSeconds), weight: 1 },
              ),
              overlap: fc.constantFrom("skip", "buffer-one", "cancel-running" as const),
              catchUpMs: fc.constantFrom(0, 1500),
              jitterMs: fc.constantFrom(undefined, 700),
            }),
            { nil: undefined },
          )
          .map((drawn) => drawn && scheduleOf(drawn)),
      })
      .map((over) => () => start(over as Partial<StartEvent>)),
    fc
      .record({
        scope: fc.constantFrom("job", "current-run" as const),
        force: fc.boolean(),
        graceMs: fc.constantFrom(0, 700),
      })
      .map((over) => () => stop(over as Partial<StopEvent>)),
    fc
      .constantFrom("pause", "resume", "trigger")
      .map((kind) => () => (kind === "pause" ? pause() : { kind: kind as "resume" | "trigger" })),
    fc.constantFrom("due", "graceOver", "timedOut", "retryDue").map((kind) => (subject: Subject) => {
      const timeMs = alarmOf(subject.job)?.timeMs ?? -1;
      // Its wait has passed, though the clock shows less.
      subject.wasPutBack ||= timeMs > subject.at;
      return { kind: kind as Alarm["kind"], timeMs };
    }),
    // The wall clock was put back meanwhile, by more than any wait is long.
    fc.constant((subject: Subject) => {
      const alarm = alarmOf(subject.job) ?? ({ kind: "due", timeMs: -1 } as const);
      const leftMs = Math.max(1, alarm.timeMs - subject.at);
      subject.putBack(10_000);
      return { ...alarm, leftMs };
    }),
    // What comes next, whatever it is, and when it comes.
    fc.constant((subject: Subject) => {
      const alarm = alarmOf(subject.job) ?? ({ kind: "slotFree" } as const);
      if ("timeMs" in alarm) subject.at = Math.max(subject.at, alarm.timeMs);
      return alarm;
    }),
    fc.constant(() => ({ kind: "slotFree" }) as const),
    fc.constant(() => ({ kind: "evicted" }) as const),
    fc.constant(() => ({ kind: "recovered" }) as const),
    fc.constant(() => ({ kind: "drain", graceMs: 300 }) as const),
    fc.constant((subject: Subject) => ({ kind: "expired", sinceMs: subject.status.updateTimeMs }) as const),
    fc.constantFrom(succeeded, failed).map((result) => (subject: Subject) => ({
      kind: "ended" as const,
      runId: subject.status.currentRun?.runId ?? "",
      result,
    })),
    fc.constantFrom(succeeded, failed).map((result) => (subject: Subject) => ({
      kind: "ended" as const,
      runId: subject.status.currentRun?.runId ?? "",
      result,
      acknowledged: true,
    })),
    fc.constant((subject: Subject) => ({
      kind: "acknowledged" as const,
      runId: subject.status.currentRun?.runId ?? "",
    })),
    fc.constant(() => ({ kind: "ended" as const, runId: "of-another-life", result: succeeded })),
  );

  const slots: fc.Arbitrary<Slot> = fc.constantFrom(
    { kind: "free" },
    { kind: "taken", ahead: 2 },
    { kind: "queueFull", capacity: 1 },
  );

  const policies = fc.record({
    onLost: fc.constantFrom("restart" as const, "fail" as const),
    timeoutMs: fc.constantFrom(undefined, 900),
    retry: fc.constantFrom(undefined, {
      maxAttempts: 3,
      initialMs: 400,
      maxMs: 600,
      multiplier: 2,
      jitter: 0,
    }),
    breaker: fc.constantFrom(undefined, ...[1, 3].map((failures) => ({ failures, halfOpenAfterMs: 1200 }))),
    hasFallback: fc.boolean(),
  });

  it("has at most one run, ends each run once, and never forgets one that it has started", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(events, fc.integer({ min: 0, max: 1500 }), slots, fc.constantFrom(0, 0.9)), {
          minLength: 20,
          maxLength: 60,
        }),
        policies,
        (steps, type) => {
          const subject = new Subject();
          // So that no clock is put back beyond 0.
          subject.at = 10_000_000;
          subject.type = { ...subject.type, ...type };
          const runs = new RunLedger();
          for (const [event, waitMs, slot, random] of steps) {
            subject.at += waitMs;
            subject.slot = slot;
            subject.random = random;
            subject.effects = [];
            const before = subject.status;
            const sent = event(subject);
            const circuit = circuitAt(subject);
            const came = subject.send(sent);
            if (came === "removed") {
              subject.renew();
              runs.renew();
              continue;
            }
            if (!commands.has(sent.kind)) expect(["changed", "unchanged"]).toContain(came);
            for (const effect of subject.effects) runs.take(effect);
            if (subject.effects.some(({ kind }) => kind === "startRun") && circuit === "open")
              expect(subject.status.currentRun?.fallback).toBeDefined();
            check(subject, runs);
            expect(subject.status.executionCount).toBeGreaterThanOrEqual(before.executionCount);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  /** Nobody is there to be refused but who gave a command. */
  const commands: ReadonlySet<JobEvent["kind"]> = new Set(["start", "stop", "pause", "resume", "trigger"]);

  /** Half-open as soon as its time is over, whether anybody has come since or not. */
  function circuitAt({ circuit, type, at }: Subject): Circuit["state"] {
    return shownCircuit(circuit, type.breaker ?? { failures: 1, halfOpenAfterMs: 1 }, at).state;
  }

  /** What holds in every state. */
  function check(subject: Subject, runs: RunLedger): void {
    const { job, status } = subject;
    const { state, desiredState, currentRun, counters } = status;
    const goesOn = state === "running" || state === "stopping" || state === "retrying";
    const running = goesOn ? currentRun?.runId : undefined;
    expect(runs.atWork).toBe(state === "running" || state === "stopping" ? running : undefined);
    expect(status.executionCount).toBe(runs.ended.size + (goesOn ? 1 : 0));
    if (running !== undefined) expect(runs.ended).not.toContain(running);
    checkCircuit(subject, runs);
    checkNextTime(subject);
    expect(currentRun?.nextAttemptTimeMs !== undefined).toBe(state === "retrying");
    expect(currentRun?.attempt ?? 0).toBeLessThanOrEqual(currentRun?.maxAttempts ?? 0);
    expect(currentRun !== undefined && currentRun.endTimeMs === undefined).toBe(running !== undefined);
    expect(job.afterStop !== undefined).toBe(state === "stopping");
    if (desiredState === "stopped") expect(["stopping", "stopped"]).toContain(state);
    if (state === "stopped") expect(desiredState).toBe("stopped");
    if (state === "paused") expect(desiredState).toBe("paused");
    if (state === "scheduled") expect(desiredState).toBe("running");
    if (desiredState === "paused") expect(status.nextRunTimeMs).toBeUndefined();
    if (state === "scheduled") expect(status.nextRunTimeMs).toBeDefined();
    if (state === "pending") expect(job.owed).toBeDefined();
    if (isAtRest(state) && job.owed !== undefined) expect(alarmOf(job)).toEqual({ kind: "due", timeMs: 0 });
    if (isSettled(state)) expect(alarmOf(job)).toBeUndefined();
    const ended = counters.succeeded + counters.failed + counters.stopped;
    expect(ended).toBeLessThanOrEqual(status.executionCount);
  }

  /** There is one exactly where the job goes on by a schedule; it is a time of that, delayed by its jitter, and is woken for. */
  function checkNextTime({ job, status, wasPutBack }: Subject): void {
    const { schedule, desiredState, nextRunTimeMs } = status;
    const goesOn = desiredState === "running" && job.afterStop?.kind !== "replaced";
    expect(nextRunTimeMs !== undefined).toBe(schedule !== undefined && goesOn);
    if (schedule === undefined || nextRunTimeMs === undefined) return;
    const delayMs = nextRunTimeMs - (job.dueMs ?? Number.NaN);
    expect(delayMs).toBeGreaterThanOrEqual(0);
    expect(delayMs).toBeLessThanOrEqual(schedule.jitterMs ?? 0);
    if (schedule.kind === "cron") expect(Math.abs((job.dueMs ?? 1) % 2000)).toBe(0);
    // Where the clock was put back, an interval begins anew.
    else if (!wasPutBack) expect(((job.dueMs ?? 1) - (job.anchorMs ?? 0)) % schedule.intervalMs).toBe(0);
    expect(alarmOf(job)?.timeMs).toBeLessThanOrEqual(nextRunTimeMs);
  }

  /** Only attempts of the type's own work count, and those of one job come one after the other. */
  function checkCircuit({ status, circuit, type, wasPutBack }: Subject, runs: RunLedger): void {
    const { breaker } = type;
    if (breaker === undefined) {
      expect(circuit).toBe(closedCircuit);
      return;
    }
    const { currentRun, state } = status;
    expect(circuit.failures).toBe(runs.failuresInARow);
    expect(circuit.state === "closed").toBe(circuit.failures < breaker.failures);
    const probes = circuit.state === "half-open" ? circuit.probes : [];
    if (probes.length > 0) expect(probes).toEqual([runs.atWork]);
    if (circuit.state === "half-open" && runs.atWork !== undefined)
      expect(probes.length).toBe(currentRun?.fallback === undefined ? 1 : 0);
    // One that opened ahead of a clock that was put back keeps nobody waiting.
    if (circuit.state === "open" && state === "retrying" && !wasPutBack)
      expect(currentRun?.nextAttemptTimeMs).toBeGreaterThanOrEqual(
        circuit.openedMs + breaker.halfOpenAfterMs,
      );
  }
});

const everyTwoSeconds = { kind: "cron", expression: "*/2 * * * * *", timeZone: "UTC" } as const;

type Times =
  | Pick<IntervalSchedule, "kind" | "intervalMs">
  | Pick<CronSchedule, "kind" | "expression" | "timeZone">;

function scheduleOf({ times, ...policies }: SchedulePolicies & { readonly times: Times }): Schedule {
  return { ...times, ...policies };
}

/** What was to be done about the runs of a job, and what that tells of the work. */
class RunLedger {
  /** The run that something is done for. */
  atWork: string | undefined;
  readonly ended = new Set<string>();
  failuresInARow = 0;
  readonly #attempts = new Map<string, number>();
  readonly #fallbacks = new Set<string>();
  #killed = false;

  take(effect: Effect): void {
    switch (effect.kind) {
      case "startRun":
        this.#begin(effect.run);
        return;
      case "endAttempt":
        expect(effect.runId).toBe(this.atWork);
        expect(this.#fallbacks).not.toContain(effect.runId);
        this.atWork = undefined;
        this.failuresInARow++;
        return;
      case "recordRun":
        this.#end(effect.run);
        return;
      default:
        expect(effect.runId).toBe(this.atWork);
        if (effect.kind === "killRun") expect(this.#killed).toBe(false);
        this.#killed ||= effect.kind === "killRun";
    }
  }

  /** The job is another one. What its work was like is known all the same. */
  renew(): void {
    this.ended.clear();
    this.#attempts.clear();
    this.#fallbacks.clear();
  }

  /** Attempts come one after the other, each that began; then at most one fallback. */
  #begin({ runId, attempt, fallback }: RunStatus): void {
    expect(this.atWork).toBeUndefined();
    expect(this.ended).not.toContain(runId);
    expect(this.#fallbacks).not.toContain(runId);
    if (fallback === undefined) expect(attempt).toBe((this.#attempts.get(runId) ?? 0) + 1);
    if (fallback === undefined) this.#attempts.set(runId, attempt);
    else this.#fallbacks.add(runId);
    this.atWork = runId;
    this.#killed = false;
  }

  #end({ runId, state, fallback, error }: RunStatus): void {
    expect(this.ended).not.toContain(runId);
    expect(this.atWork === undefined || this.atWork === runId).toBe(true);
    expect(fallback !== undefined).toBe(this.#fallbacks.has(runId));
    if (fallback === undefined && state === "succeeded") this.failuresInARow = 0;
    if (fallback === undefined && state === "failed" && error?.reason !== "CIRCUIT_OPEN")
      this.failuresInARow++;
    this.ended.add(runId);
    this.atWork = undefined;
  }
}
