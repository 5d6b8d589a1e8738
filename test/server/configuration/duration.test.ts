import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../src/server/configuration/duration.ts";

describe("parseDuration()", () => {
  it("reads whole numbers with units, the larger first", () => {
    const durations: [text: string, ms: number][] = [
      ["500ms", 500],
      ["10s", 10_000],
      ["5m", 300_000],
      ["1h30m", 5_400_000],
      ["1h2m3s4ms", 3_723_004],
      ["90m", 5_400_000],
      ["0s", 0],
      ["007s", 7_000],
      ["876000h", 3_153_600_000_000],
    ];
    for (const [text, ms] of durations) expect(parseDuration(text), text).toBe(ms);
  });

  it("refuses anything else", () => {
    const texts = [
      "",
      "10",
      "s",
      "-1s",
      "+1s",
      "1.5h",
      "1 s",
      " 1s",
      "1s\n",
      "1d",
      "1S",
      "30m1h",
      "1s1s",
      "1e3s",
    ];
    for (const text of [...texts, "١s", "876001h", `${"9".repeat(400)}ms`]) {
      expect(parseDuration(text), text).toBeUndefined();
    }
  });
});
