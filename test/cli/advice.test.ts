import { describe, expect, it } from "vitest";
import { didYouMean } from "../../src/cli/advice.ts";

describe("didYouMean()", () => {
  const known = ["disk-report", "disk-check", "ping", "mail-1", "mail-2", "mail-3", "mail-4"];

  it.each([
    ["disk-reprot", "did you mean disk-report?"],
    ["PING", "did you mean ping?"],
    ["disk", "did you mean disk-report or disk-check?"],
    ["report", "did you mean disk-report?"],
    // The nearest first, and no more than three.
    ["mail-9", "did you mean mail-1?"],
    ["mail", "did you mean mail-1 or mail-2 or mail-3?"],
    // One letter is in everything.
    ["i", ""],
    ["nobody", ""],
  ])("%s: %s", (name, told) => {
    expect(didYouMean(name, known)).toBe(told);
  });
});
