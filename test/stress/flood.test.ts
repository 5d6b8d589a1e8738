import fc, { type Parameters } from "fast-check";
import { describe, expect, it } from "vitest";
import { anySubmitters, type Flooded, type FloodOptions, flood } from "./flood.ts";
import { randomRuns, stressTimeoutMs } from "./stress-parameters.ts";

const fullModes = ["wait", "drop-write", "drop-newest", "drop-oldest"] as const;
const capacities = [0, 1, 2, 100] as const;
const lanes = fullModes.flatMap((fullMode) => capacities.map((capacity) => ({ capacity, fullMode })));

describe("a flood of callers", () => {
  it.each(lanes)(
    "on lanes of capacity $capacity with $fullMode tells each one fate, and runs nothing that was refused",
    { timeout: stressTimeoutMs },
    async (lane) => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(0, 2, 50), anySubmitters, async (maxWaiters, submitters) => {
          const options = { lanes: [lane], maxWaiters };
          judge(options, await flood(options, submitters));
        }),
        floods(2),
      );
    },
  );

  it("on lanes that all differ, and a server that drains, does the same", {
    timeout: stressTimeoutMs,
  }, async () => {
    const setting = fc.record({
      lanes: fc.tuple(...Array.from({ length: 4 }, () => fc.constantFrom(...lanes))),
      maxWaiters: fc.constantFrom(0, 2, 50),
      drainAtMs: fc.option(fc.nat(300), { nil: undefined }),
    });
    const heard = new Set<string>();
    await fc.assert(
      fc.asyncProperty(setting, anySubmitters, async (options, submitters) => {
        const flooded = await flood(options, submitters);
        judge(options, flooded);
        for (const { fate } of flooded.told) heard.add(fate);
      }),
      floods(24),
    );
    expect(heard).toEqual(fates);
  });
});

/** So many callers are not made fewer one by one: a flood that fails is shown as it was. */
function floods<T>(numRuns: number): Parameters<T> {
  return { ...randomRuns<T>(numRuns), endOnFailure: true };
}

function judge(options: FloodOptions, flooded: Flooded): void {
  const { told, submitters, settled, accepted, ran } = flooded;
  expect(told).toHaveLength(submitters);
  expect(sum(settled.values())).toBe(accepted);

  // Who was accepted and who was told agree, fate by fate.
  for (const [outcome, code] of fatesByOutcome)
    expect(count(told, code), code).toBeGreaterThanOrEqual(settled.get(outcome) ?? 0);
  for (const outcome of ["applied", "no-change"])
    expect(count(told, outcome)).toBe(settled.get(outcome) ?? 0);
  expect(told.filter(({ fate }) => !fates.has(fate))).toEqual([]);

  // Everything that ran was started by somebody who heard so, once; all else never ran.
  const started = told.filter(({ fate, submitter }) => submitter.what === "start" && fate === "applied");
  expect(ran.toSorted()).toEqual(started.map(({ jobId }) => jobId).toSorted());

  // Nobody hears of the end of its patience after it, or of its own leaving later than it left.
  for (const { fate, submitter, sentAtMs, toldAtMs } of told) {
    const { patienceMs = Number.POSITIVE_INFINITY, leavesAfterMs } = submitter;
    if (fate === "COMMAND_EXPIRED") expect(toldAtMs).toBeLessThanOrEqual(sentAtMs + patienceMs);
    if (fate === "COMMAND_CANCELLED") expect(toldAtMs).toBe(sentAtMs + (leavesAfterMs ?? Number.NaN));
  }

  for (const [index, { depth, waitingWriters }] of flooded.fullest.entries()) {
    const { capacity, fullMode } = options.lanes[index % options.lanes.length] ?? {
      capacity: 0,
      fullMode: "wait",
    };
    expect(depth).toBeLessThanOrEqual(capacity);
    expect(waitingWriters).toBeLessThanOrEqual(fullMode === "wait" ? options.maxWaiters : 0);
  }
}

/** What was accepted can end so; who waits for room can hear the same. */
const fatesByOutcome = [
  ["expired", "COMMAND_EXPIRED"],
  ["cancelled", "COMMAND_CANCELLED"],
  ["evicted", "COMMAND_EVICTED"],
  ["superseded", "COMMAND_SUPERSEDED"],
  ["drained", "DRAINING"],
] as const;

const fates: ReadonlySet<string> = new Set([
  "applied",
  "no-change",
  "CHANNEL_FULL",
  "DEADLINE_UNREACHABLE",
  "JOB_NOT_FOUND",
  ...fatesByOutcome.map(([, code]) => code),
]);

function count(told: Flooded["told"], wanted: string): number {
  return told.filter(({ fate }) => fate === wanted).length;
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, next) => total + next, 0);
}
