import { cronTimes } from "../../src/calendar/cron-times.ts";
import { type Circuit, closedCircuit } from "../../src/job/circuit.ts";
import { alarmOf, createJob, type Job } from "../../src/job/job.ts";
import type { Context, Effect, JobEvent, Slot, StartEvent, StopEvent } from "../../src/job/job-event.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import type { IntervalSchedule, OverlapPolicy } from "../../src/job/schedule.ts";
import { transition } from "../../src/job/state-machine.ts";
import { jobType } from "./job-type.ts";

export const everySecond: IntervalSchedule = {
  kind: "interval",
  intervalMs: 1000,
  overlap: "skip",
  catchUpMs: 0,
};
export const succeeded = { kind: "succeeded", message: "" } satisfies RunResult;
export const failed = {
  kind: "failed",
  reason: "THREW",
  message: "boom",
  retryable: true,
} satisfies RunResult;

/** What a run comes to that heeds its stop. */
export const aborted = {
  kind: "failed",
  reason: "ABORTED",
  message: "",
  retryable: false,
} satisfies RunResult;

export function start(over: Partial<StartEvent> = {}): StartEvent {
  return { kind: "start", conflictPolicy: "use-existing", labels: {}, requestedBy: "me", ...over };
}

export function stop(over: Partial<StopEvent> = {}): StopEvent {
  return { kind: "stop", scope: "job", graceMs: 1000, force: false, requestedBy: "me", reason: "", ...over };
}

export function pause(reason = ""): JobEvent {
  return { kind: "pause", reason };
}

/** A job, and what was done to it; `at` is the time. */
export class Subject {
  type = jobType({ name: "t" });
  job: Job = newJob();
  effects: Effect[] = [];
  slot: Slot = { kind: "free" };
  circuit: Circuit = closedCircuit;
  at = 0;
  random = 0;
  wasPutBack = false;
  /** What the ids of its runs begin with. */
  runName = "run";
  #runs = 0;

  /** One that runs on an interval of a second, and has just begun its first run. */
  static scheduled(overlap: OverlapPolicy = "skip"): Subject {
    const subject = new Subject();
    subject.send(start({ schedule: { ...everySecond, overlap } }));
    return subject;
  }

  /** The clock is put back, as an operator does. */
  putBack(ms: number): void {
    this.at -= ms;
    this.wasPutBack = true;
  }

  /** It was removed, and is made anew. */
  renew(): void {
    this.job = newJob();
  }

  get status() {
    return this.job.status;
  }

  send(event: JobEvent): "changed" | "unchanged" | "removed" | string {
    const { at: nowMs, type, slot, random } = this;
    const context: Context = {
      nowMs,
      type,
      slot,
      circuit: this.circuit,
      random,
      cron: cronTimes,
      newRunId: () => `${this.runName}-${this.#runs + 1}`,
    };
    const decided = transition(this.job, event, context);
    if (decided.kind === "rejected") return decided.refusal.code;
    if (decided.kind === "changed") {
      if (decided.job.status.executionCount > this.status.executionCount) this.#runs++;
      this.job = { ...decided.job, status: { ...decided.job.status, updateTimeMs: nowMs } };
      this.effects = [...decided.effects];
      this.circuit = decided.circuit ?? this.circuit;
    }
    return decided.kind;
  }

  end(result: RunResult = succeeded): string {
    return this.send({ kind: "ended", runId: this.status.currentRun?.runId ?? "", result });
  }

  /** Its type keeps it no longer. */
  expire(): string {
    return this.send({ kind: "expired", sinceMs: this.status.updateTimeMs });
  }

  /** What its alarm does, if it is time for it and its kind is `due`. */
  due(): string {
    const alarm = alarmOf(this.job);
    return alarm?.kind === "due" && alarm.timeMs <= this.at ? this.send(alarm) : "unchanged";
  }

  kinds(): string[] {
    return this.effects.map((effect) => effect.kind);
  }
}

function newJob(): Job {
  return createJob({ jobId: "j", jobType: "t", uid: "0123456789", nowMs: 0 });
}
