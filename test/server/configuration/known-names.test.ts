import { describe, expect, it } from "vitest";
import { KnownNames } from "../../../src/server/configuration/known-names.ts";

describe("KnownNames.didYouMean()", () => {
  it("finds the name that was meant, where one is near", () => {
    const names = new KnownNames(["report", "backup"]);
    expect(names.has("report")).toBe(true);
    expect(names.has("reprot")).toBe(false);
    expect(names.didYouMean("reprot")).toBe(", did you mean report?");
    expect(names.didYouMean("mail")).toBe("");
  });

  it("does not compare thousands of wrong names with thousands of others, and tells of the first", () => {
    const names = new KnownNames(Array.from({ length: 10_000 }, (_, index) => `job-${index}-type`));
    const told = Array.from({ length: 10_000 }, (_, index) => names.didYouMean(`job-${index}-tipe`));
    const suggested = told.filter((text) => text !== "");
    // A person is told of thirty.
    expect(suggested.length).toBeGreaterThan(30);
    expect(told.slice(0, suggested.length)).toEqual(suggested);
    expect(suggested.length * 10_000).toBeLessThanOrEqual(1_000_000);
  });
});
