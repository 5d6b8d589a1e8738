import { describe, expect, it } from "vitest";
import {
  attemptBegan,
  attemptEnded,
  type Circuit,
  circuitAt,
  closedCircuit,
  refusedUntilMs,
  withoutProbes,
} from "../../src/job/circuit.ts";

const policy = { failures: 3, halfOpenAfterMs: 1000 };

function failing(circuit: Circuit, runId: string, nowMs = 0): Circuit {
  return attemptEnded(circuit, { runId, outcome: "failed" }, { policy, nowMs });
}

function succeeding(circuit: Circuit, runId: string): Circuit {
  return attemptEnded(circuit, { runId, outcome: "succeeded" }, { policy, nowMs: 0 });
}

function stopped(circuit: Circuit, runId: string): Circuit {
  return attemptEnded(circuit, { runId, outcome: "nothing" }, { policy, nowMs: 0 });
}

const twice = failing(failing(closedCircuit, "a"), "b");
const open = failing(twice, "c");
const probed = attemptBegan(open, "probe", 1000);

describe("a closed circuit", () => {
  it("counts attempts that fail in a row, and opens with the last that it takes", () => {
    expect(twice).toEqual({ state: "closed", failures: 2 });
    expect(failing(twice, "c", 7)).toEqual({ state: "open", failures: 3, openedMs: 7 });
  });

  it("counts anew after one that succeeded", () => {
    expect(succeeding(twice, "c")).toBe(closedCircuit);
  });

  it("learns nothing from one that was stopped or lost", () => {
    expect(stopped(twice, "c")).toBe(twice);
  });

  it("opens with the next failure where fewer are allowed than there have been", () => {
    const stricter = { policy: { ...policy, failures: 1 }, nowMs: 5 };
    const ended = { runId: "c", outcome: "failed" } as const;
    expect(attemptEnded(twice, ended, stricter)).toEqual({ state: "open", failures: 3, openedMs: 5 });
  });
});

describe("an open circuit", () => {
  it("refuses attempts until its time is over", () => {
    expect([0, 999, 1000].map((nowMs) => refusedUntilMs(open, policy, nowMs))).toEqual([
      1000,
      1000,
      undefined,
    ]);
  });

  it("has another time as soon as its type has", () => {
    expect(refusedUntilMs(open, { ...policy, halfOpenAfterMs: 200 }, 200)).toBeUndefined();
  });

  it("waits for no clock that was put back", () => {
    expect(refusedUntilMs(open, policy, -3_600_000)).toBeUndefined();
  });

  it("does not listen to attempts that had begun before", () => {
    expect(failing(open, "late", 500)).toBe(open);
    expect(succeeding(open, "late")).toBe(open);
  });

  it("is shown as half-open once an attempt could begin", () => {
    expect(circuitAt(open, policy, 999)).toBe(open);
    expect(circuitAt(open, policy, 1000)).toMatchObject({ state: "half-open", probes: [], openedMs: 0 });
  });
});

describe("a half-open circuit", () => {
  it("has one attempt probe, and refuses all others meanwhile", () => {
    expect(probed).toMatchObject({ state: "half-open", probes: ["probe"] });
    expect(refusedUntilMs(probed, policy, 1001)).toBe(2000);
  });

  it("closes when that succeeds", () => {
    expect(succeeding(probed, "probe")).toBe(closedCircuit);
  });

  it("is open again when that fails, and for its whole time", () => {
    expect(failing(probed, "probe", 1500)).toEqual({ state: "open", failures: 4, openedMs: 1500 });
  });

  it("has the next one probe where that was stopped or lost", () => {
    expect(refusedUntilMs(stopped(probed, "probe"), policy, 1001)).toBeUndefined();
    expect(refusedUntilMs(withoutProbes(probed), policy, 1001)).toBeUndefined();
  });

  it("does not listen to attempts that had begun before it opened", () => {
    for (const told of [failing, succeeding, stopped]) expect(told(probed, "late")).toBe(probed);
  });

  it("has another one probe too where the first does not end; the first of them to end decides", () => {
    expect(refusedUntilMs(probed, policy, 2000)).toBeUndefined();
    const both = attemptBegan(probed, "second", 2000);
    expect(both).toMatchObject({ probes: ["probe", "second"] });
    expect(refusedUntilMs(both, policy, 2999)).toBe(3000);
    expect(succeeding(both, "probe")).toBe(closedCircuit);
    expect(failing(both, "second", 2500)).toMatchObject({ state: "open", openedMs: 2500 });
    expect(stopped(both, "second")).toMatchObject({ probes: ["probe"] });
  });

  it("has no more than ten that do not end", () => {
    let circuit: Circuit = open;
    for (let number = 1; number <= 10; number++)
      circuit = attemptBegan(circuit, `probe-${number}`, number * 1000);
    expect(refusedUntilMs(circuit, policy, 1_000_000)).toBe(1_001_000);
    expect(refusedUntilMs(stopped(circuit, "probe-1"), policy, 1_000_000)).toBeUndefined();
  });
});
