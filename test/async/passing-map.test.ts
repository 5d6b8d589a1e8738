import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PassingMap } from "../../src/async/passing-map.ts";
import { heapAfter } from "./heap-after.ts";

const change = fc.record({ key: fc.nat(20), stays: fc.boolean() });

describe("PassingMap", () => {
  it("has what a Map has after the same changes, in the same order", () => {
    const changes = fc.array(change, { size: "max", maxLength: 1000 });
    fc.assert(
      fc.property(changes, (changes) => {
        const expected = new Map<number, number>();
        const map = new PassingMap<number, number>();
        for (const [value, { key, stays }] of changes.entries()) {
          if (stays) {
            expected.set(key, value);
            map.set(key, value);
          } else expect(map.delete(key)).toBe(expected.delete(key));
          expect(map.get(key)).toBe(expected.get(key));
          expect(map.has(key)).toBe(expected.has(key));
        }
        expect(map.size).toBe(expected.size);
        expect([...map.entries()]).toEqual([...expected.entries()]);
        expect([...map.keys()]).toEqual([...expected.keys()]);
        expect([...map.values()]).toEqual([...expected.values()]);
      }),
    );
  });

  it("has nothing after clear()", () => {
    const map = new PassingMap<number, number>();
    map.set(1, 1);
    map.clear();
    expect(map.size).toBe(0);
    expect(map.get(1)).toBeUndefined();
  });

  it("can be changed while it is gone through, with each that stays seen once", () => {
    const map = new PassingMap<number, number>();
    for (let key = 0; key < 300; key++) map.set(key, key);
    const seen: number[] = [];
    for (const key of map.keys()) {
      seen.push(key);
      map.delete(key);
    }
    expect(seen).toEqual(Array.from({ length: 300 }, (_, key) => key));
    expect(map.size).toBe(0);
  });

  it("keeps nothing alive that has left, whatever is old by then", () => {
    const comeAndGo = `
      const map = new PassingMap();
      for (let i = 0; i < 3; i++) map.set(i, []);
      gc();
      for (let i = 3; i < 4000; i++) {
        map.set(i, new Array(1000).fill(i));
        map.delete(i - 3);
        if (i % 50 === 0) gc({ type: "minor" });
      }`;
    const used = heapAfter(comeAndGo, { PassingMap: "passing-map.ts" });
    // What has come, all in all, is 31 MiB. Measured: 8 MiB; with a Map 26.
    expect(used).toBeGreaterThan(1);
    expect(used).toBeLessThan(16);
  });
});
