import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PriorityHeap } from "../../src/channel/priority-heap.ts";

interface Entry {
  readonly rank: number;
  readonly n: number;
}

describe("PriorityHeap", () => {
  it("does what a stably sorted array does", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant("push" as const), value: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant("shift" as const), value: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant("remove" as const), value: fc.nat(50) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const heap = new PriorityHeap<Entry>((a, b) => a.rank - b.rank);
        const entries: Entry[] = [];
        let sorted: Entry[] = [];
        for (const { type, value } of steps) {
          if (type === "push") {
            const entry = { rank: value, n: entries.length };
            entries.push(entry);
            heap.push(entry);
            sorted = [...sorted, entry].sort((a, b) => a.rank - b.rank);
          } else if (type === "shift") {
            expect(heap.shift()).toBe(sorted.shift());
          } else {
            const entry = entries[value] ?? { rank: 0, n: -1 };
            expect(heap.remove(entry)).toBe(sorted.includes(entry));
            sorted = sorted.filter((other) => other !== entry);
          }
          expect(heap.size).toBe(sorted.length);
          expect(heap.peek()).toBe(sorted[0]);
        }
        expect(sorted.map(() => heap.shift())).toEqual(sorted);
      }),
      { numRuns: 500 },
    );
  });
});
