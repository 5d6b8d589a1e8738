import { describe, expect, test } from "vitest";
import { Tally } from "../../src/telemetry/tally.ts";

describe("A tally", () => {
  test("counts each combination by itself, in the order in which they first came", () => {
    const tally = new Tally<{ kind: string; lane: string }>();
    for (const [kind, lane] of [
      ["start", "low"],
      ["stop", "low"],
      ["start", "low"],
      ["start", "high"],
    ] as const)
      tally.add({ kind, lane });
    expect(tally.samples()).toEqual([
      { labels: { kind: "start", lane: "low" }, value: 2 },
      { labels: { kind: "stop", lane: "low" }, value: 1 },
      { labels: { kind: "start", lane: "high" }, value: 1 },
    ]);
  });

  test("takes no two combinations for one, whatever their words are", () => {
    const tally = new Tally<{ type: string; result: string }>();
    for (const [type, result] of [
      ["a\nb", "c"],
      ["a", "b\nc"],
      ["", "a"],
      ["__proto__", "constructor"],
    ] as const)
      tally.add({ type, result });
    expect(tally.samples().map(({ value }) => value)).toEqual([1, 1, 1, 1]);
  });

  test("has no samples before the first", () => {
    expect(new Tally<{ type: string }>().samples()).toEqual([]);
  });
});
