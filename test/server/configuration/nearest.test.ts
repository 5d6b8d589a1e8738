import fc from "fast-check";
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

  it("measures as if each mistake was tried in turn", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "C"), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (from, to) => {
        const most = Math.min(from.length, to.length) > 4 ? 2 : 1;
        const distance = mistakes(from.toLowerCase(), to.toLowerCase());
        expect(nearest(from, [to]) === to).toBe(distance <= most && distance < to.length);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Letters put in, taken out, changed, or swapped with the next. */
function mistakes(from: string, to: string): number {
  if (from === "" || to === "") return from.length + to.length;
  const changed = mistakes(from.slice(1), to.slice(1)) + (from[0] === to[0] ? 0 : 1);
  if (from[0] === to[0]) return changed;
  const isSwapped = from.length > 1 && from[0] === to[1] && from[1] === to[0];
  const swapped = isSwapped ? mistakes(from.slice(2), to.slice(2)) + 1 : Number.POSITIVE_INFINITY;
  return Math.min(changed, swapped, mistakes(from.slice(1), to) + 1, mistakes(from, to.slice(1)) + 1);
}
