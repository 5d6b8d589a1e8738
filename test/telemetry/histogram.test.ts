import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/telemetry/histogram.ts";

describe("Histogram", () => {
  it("counts, for each bound, the values that are not beyond it, and all of them at the end", () => {
    const histogram = new Histogram([1, 10]);
    for (const value of [0, 1, 1.5, 10, 11]) histogram.observe(value);
    expect(histogram.cumulative()).toEqual([2, 4, 5]);
    expect(histogram.sum).toBe(23.5);
  });

  it("is empty at first", () => {
    expect(new Histogram([1]).cumulative()).toEqual([0, 0]);
  });
});
