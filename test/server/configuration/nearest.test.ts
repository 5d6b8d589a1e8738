import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/server/configuration/nearest.ts";

describe("nearest()", () => {
  const known = ["capacity", "fullMode", "maxWaiters", "lanes", "log"];

  it("finds the word that is at most two mistakes away, or one where it is short", () => {
    const words: [word: string, near: string][] = [
      ["capcity", "capacity"],
      ["fullmode", "fullMode"],
      ["full_mode", "fullMode"],
      ["maxWaiter", "maxWaiters"],
      ["alnes", "lanes"],
      ["logs", "log"],
      ["lgo", "log"],
      ["acpactiy", "capacity"],
    ];
    for (const [word, near] of words) expect(nearest(word, known), word).toBe(near);
  });

  it("finds none where none is near", () => {
    for (const word of ["retry", "", "xyz", "lgos", "plan", "bogs", "capacious", "x".repeat(100_000)]) {
      expect(nearest(word, known), word.slice(0, 20)).toBeUndefined();
    }
  });
});
