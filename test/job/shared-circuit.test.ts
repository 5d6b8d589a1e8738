import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Circuit, closedCircuit, released, withoutProbes } from "../../src/job/circuit.ts";
import { alarmOf } from "../../src/job/job.ts";
import type { JobEvent } from "../../src/job/job-event.ts";
import { jobType } from "./job-type.ts";
import { everySecond, failed, Subject, start, stop, succeeded } from "./subject.ts";

const breaker = { failures: 2, halfOpenAfterMs: 1200 };
const retry = { maxAttempts: 3, initialMs: 400, maxMs: 600, multiplier: 2, jitter: 0 };

describe("jobs of one type, under any events", () => {
  const events = fc.oneof(
    fc.constantFrom(undefined, everySecond).map((schedule) => (): JobEvent => start({ schedule })),
    fc.constant((): JobEvent => start({ conflictPolicy: "replace" })),
    fc.boolean().map((force) => (): JobEvent => stop({ force })),
    fc.constant(({ job }: Subject): JobEvent => alarmOf(job) ?? { kind: "slotFree" }),
    fc.constantFrom(succeeded, failed, failed, failed).map((result) => ({ status }: Subject): JobEvent => {
      return { kind: "ended", runId: status.currentRun?.runId ?? "", result };
    }),
    fc.constant((): JobEvent => ({ kind: "drain", graceMs: 300 })),
  );
  const step = fc.record({
    at: fc.constantFrom(0, 1, 2),
    event: events,
    waitMs: fc.integer({ min: 0, max: 900 }),
    // Seldom, the server comes back, and all that went on is over.
    restarts: fc.integer({ min: 0, max: 19 }).map((drawn) => drawn === 0),
  });
  const policies = fc.record({
    onLost: fc.constantFrom("restart" as const, "fail" as const),
    timeoutMs: fc.constantFrom(undefined, 900),
    retry: fc.constantFrom(undefined, retry),
    hasFallback: fc.boolean(),
  });

  it("share a circuit: none begins its work that it refuses, who probes says so, and nobody probes who is not at work", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), policies, (steps, over) => {
        const type = jobType({ name: "t", breaker, ...over });
        const jobs = ["a", "b", "c"].map((runName) => Object.assign(new Subject(), { type, runName }));
        let circuit: Circuit = closedCircuit;
        let nowMs = 0;
        const begunMs = new Map<string, number>();

        function send(subject: Subject, event: JobEvent): void {
          const before = released(circuit, subject.status.currentRun?.runId ?? "");
          Object.assign(subject, { at: nowMs, circuit, effects: [] });
          subject.send(event);
          circuit = subject.circuit;
          const { currentRun, reason } = subject.status;
          const begun = subject.effects.filter(({ kind }) => kind === "startRun");
          if (begun.length > 0 && currentRun?.fallback === undefined) {
            // What became of an attempt that ended with the same event may have changed it, but only for the better.
            const ended = subject.effects.some(({ kind }) => kind === "recordRun" || kind === "endAttempt");
            if (!ended) expect(waitsUntilMs(before, begunMs)).toBeLessThanOrEqual(nowMs);
            begunMs.set(currentRun?.runId ?? "", nowMs);
            const probes = circuit.state === "half-open" && circuit.probes.includes(currentRun?.runId ?? "");
            expect(reason === "PROBING").toBe(probes);
          }
        }

        for (const { at, event, waitMs, restarts } of steps) {
          nowMs += waitMs;
          if (restarts) {
            circuit = withoutProbes(circuit);
            for (const each of jobs) send(each, { kind: "recovered" });
          }
          const subject = jobs[at];
          if (subject !== undefined) send(subject, event(subject));
          const atWork = jobs
            .filter(({ status }) => status.state === "running" || status.state === "stopping")
            .filter(({ status }) => status.currentRun?.fallback === undefined)
            .map(({ status }) => status.currentRun?.runId);
          for (const probe of circuit.state === "half-open" ? circuit.probes : [])
            expect(atWork).toContain(probe);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** An open circuit lets one begin after its time, and a probe has as long before another begins beside it. */
function waitsUntilMs(circuit: Circuit, begunMs: ReadonlyMap<string, number>): number {
  if (circuit.state === "closed") return 0;
  const since =
    circuit.state === "open" ? [circuit.openedMs] : circuit.probes.map((runId) => begunMs.get(runId) ?? 0);
  return Math.max(0, ...since.map((sinceMs) => sinceMs + breaker.halfOpenAfterMs));
}
