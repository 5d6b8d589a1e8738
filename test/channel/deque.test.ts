import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deque } from "../../src/channel/deque.ts";

const blockLength = 1024;

function filled(length: number): Deque<number> {
  const deque = new Deque<number>();
  for (let n = 0; n < length; n++) deque.push(n);
  return deque;
}

function drain(deque: Deque<number>): number[] {
  const items: number[] = [];
  for (let item = deque.shift(); item !== undefined; item = deque.shift()) items.push(item);
  return items;
}

const upTo = (length: number): number[] => Array.from({ length }, (_, n) => n);

describe("Deque.push() and shift()", () => {
  it.each([1, 15, 16, 17, blockLength - 1, blockLength, blockLength + 1, 3 * blockLength])(
    "give %i items back in order",
    (length) => {
      const deque = filled(length);
      expect(deque.size).toBe(length);
      expect(deque.peek()).toBe(0);
      expect(drain(deque)).toEqual(upTo(length));
      expect(deque.size).toBe(0);
      expect(deque.peek()).toBeUndefined();
    },
  );

  it("keep the order over many blocks while as many leave as come", () => {
    const deque = filled(10);
    for (let n = 10; n < 5 * blockLength; n++) {
      deque.push(n);
      expect(deque.shift()).toBe(n - 10);
    }
    expect(drain(deque)).toEqual(upTo(5 * blockLength).slice(-10));
  });
});

describe("Deque.remove()", () => {
  it.each([0, 1, blockLength - 1, blockLength, 2 * blockLength - 1, 2 * blockLength, 2500])(
    "takes item %i out of three blocks",
    (n) => {
      const deque = filled(2501);
      expect(deque.remove(n)).toBe(true);
      expect(deque.remove(n)).toBe(false);
      expect(deque.size).toBe(2500);
      expect(drain(deque)).toEqual(upTo(2501).filter((other) => other !== n));
    },
  );
});

describe("Deque.remove() of every item of a block", () => {
  it.each([
    ["the first", 0],
    ["one in the middle", 1],
    ["the last", 2],
  ])("lets go of %s, and goes on", (_, block) => {
    const deque = filled(3 * blockLength);
    const array = upTo(3 * blockLength);
    // From both ends, so that it is empty only after the last of them.
    for (let n = 0; n < blockLength / 2; n++) {
      for (const item of [block * blockLength + n, (block + 1) * blockLength - 1 - n]) {
        expect(deque.remove(item)).toBe(true);
        array.splice(array.indexOf(item), 1);
      }
    }
    expect(deque.remove(block * blockLength)).toBe(false);
    expect(deque.replaceNewest(-1)).toBe(array.pop());
    for (let n = -2; n > -blockLength; n--) deque.push(n);
    expect(deque.remove(-2)).toBe(true);
    array.push(
      -1,
      ...upTo(blockLength)
        .slice(3)
        .map((n) => -n),
    );
    expect(deque.size).toBe(array.length);
    expect(drain(deque)).toEqual(array);
  });
});

describe("Deque.replaceOldest() and replaceNewest()", () => {
  it("give the item back when nothing is in", () => {
    const deque = filled(0);
    expect([deque.replaceOldest(7), deque.replaceNewest(8)]).toEqual([7, 8]);
    expect(deque.size).toBe(0);
  });

  it("keep the size, also where a block begins", () => {
    const deque = filled(blockLength + 1);
    expect(deque.replaceNewest(-1)).toBe(blockLength);
    expect(deque.replaceOldest(-2)).toBe(0);
    expect(drain(deque)).toEqual([...upTo(blockLength).slice(1), -1, -2]);
  });
});

describe("Deque", () => {
  it("does what an array does", () => {
    const step = fc.oneof(
      fc.record({ type: fc.constantFrom("push", "shift"), count: fc.constantFrom(1, 2, 700, 1024, 1500) }),
      fc.record({ type: fc.constantFrom("remove", "replaceOldest", "replaceNewest"), count: fc.nat(3000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const deque = new Deque<number>();
        const array: number[] = [];
        let next = 0;
        for (const { type, count } of steps) {
          if (type === "push") {
            for (let left = count; left > 0; left--) {
              array.push(next);
              deque.push(next++);
            }
          } else if (type === "shift") {
            const taken = Array.from({ length: count }, () => deque.shift());
            expect(taken.filter((item) => item !== undefined)).toEqual(array.splice(0, count));
          } else if (type === "remove") {
            const index = array.indexOf(count);
            expect(deque.remove(count)).toBe(index >= 0);
            if (index >= 0) array.splice(index, 1);
          } else {
            const item = -next++;
            const expected = array.length === 0 ? item : array.at(type === "replaceOldest" ? 0 : -1);
            expect(deque[type as "replaceOldest" | "replaceNewest"](item)).toBe(expected);
            if (array.length > 0) array.splice(type === "replaceOldest" ? 0 : -1, 1);
            if (expected !== item) array.push(item);
          }
          expect(deque.size).toBe(array.length);
          expect(deque.peek()).toBe(array[0]);
        }
        expect(drain(deque)).toEqual(array);
      }),
    );
  });
});
