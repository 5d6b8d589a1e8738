import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearize, type Specification, type TimedOperation } from "./linearizability.ts";
import { randomRuns } from "./stress-parameters.ts";

/** A register: `w1` writes 1, `r1` reads 1. */
const register: Specification<string, string> = {
  initial: "0",
  apply: (state, operation) => {
    const value = operation.slice(1);
    if (operation.startsWith("w")) return { state: value };
    return value === state ? { state } : undefined;
  },
  changesNothing: (operation) => operation.startsWith("r"),
  keyOf: (state) => state,
};

/** `w1 0-3`: from moment 0 to moment 3; `w1 0-`: never answered. */
function history(...lines: readonly string[]): TimedOperation<string>[] {
  return lines.map((line) => {
    const [operation = "", span = ""] = line.split(" ");
    const [from = "", to = ""] = span.split("-");
    return {
      operation,
      invokedAt: Number(from),
      answeredAt: to === "" ? Number.POSITIVE_INFINITY : Number(to),
    };
  });
}

function order(...lines: readonly string[]): string {
  return linearize(history(...lines), register)?.join(" ") ?? "none";
}

describe("linearize()", () => {
  it.each([
    ["one after the other", ["w1 0-1", "r1 2-3"], "w1 r1"],
    ["a read of what is being written", ["w1 0-3", "r1 1-2"], "w1 r1"],
    ["a read of what is not written yet", ["w1 0-3", "r0 1-2"], "r0 w1"],
    ["two writes at once, whose order a read tells", ["w1 0-9", "w2 0-9", "r1 10-11"], "w2 w1 r1"],
    ["a write that was never answered, and took effect", ["w1 0-", "r1 5-6"], "w1 r1"],
    ["a write that was never answered, and did not", ["w1 0-", "r0 5-6"], "r0"],
  ])("orders %s", (_name, lines, expected) => {
    expect(order(...lines)).toBe(expected);
  });

  it.each([
    ["a stale read", ["w1 0-1", "r0 2-3"]],
    ["a read from the future", ["r1 0-1", "w1 2-3"]],
    ["a value that comes and goes", ["w1 0-1", "r0 2-9", "r1 2-3"]],
    ["two readers who disagree on the order", ["w1 0-9", "w2 0-9", "r1 1-2", "r2 3-4", "r1 5-6"]],
    ["a write that took effect after its answer", ["w1 0-1", "r0 2-3", "r1 4-5"]],
    ["a value that nobody wrote", ["w1 0-1", "r2 0-5"]],
  ])("finds no order for %s", (_name, lines) => {
    expect(order(...lines)).toBe("none");
  });

  it("finds one wherever there was one", () => {
    const call = fc.record({
      value: fc.option(fc.nat(2), { nil: undefined }),
      before: fc.nat(5),
      after: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 12 }), (calls) => {
        // Each takes effect at its own moment, and was under way around it.
        let state = 0;
        const made = calls.map(({ value, before, after }, index) => {
          state = value ?? state;
          const operation = value === undefined ? `r${state}` : `w${value}`;
          return { operation, invokedAt: index - before - 0.25, answeredAt: index + after + 0.25 };
        });
        expect(linearize(made, register)).toHaveLength(made.length);
      }),
      randomRuns(200),
    );
  });
});
