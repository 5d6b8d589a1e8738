import fc from "fast-check";
import { expect, test } from "vitest";
import { LinkedList, type Place } from "../../src/async/linked-list.ts";
import { heapAfter } from "./heap-after.ts";

test("keeps what came in the order in which it came", () => {
  const list = new LinkedList<string>();
  for (const item of ["a", "b", "c"]) list.push(item);
  expect([...list]).toEqual(["a", "b", "c"]);
  expect(list.first?.item).toBe("a");
  expect(list.size).toBe(3);
});

test("is empty when all have left, and takes in again", () => {
  const list = new LinkedList<string>();
  list.remove(list.push("a"));
  expect([...list, list.first, list.size]).toEqual([undefined, 0]);
  list.push("b");
  expect([...list]).toEqual(["b"]);
});

test("to leave twice is to leave once", () => {
  const list = new LinkedList<string>();
  const a = list.push("a");
  list.push("b");
  list.remove(a);
  list.remove(a);
  expect([...list, list.size]).toEqual(["b", 1]);
});

test("what was given may leave while the rest is gone through", () => {
  const list = new LinkedList<number>();
  const places = [1, 2, 3].map((item) => list.push(item));
  const seen: number[] = [];
  for (const item of list) {
    seen.push(item);
    list.remove(places[item - 1] as Place<number>);
  }
  expect([seen, list.size]).toEqual([[1, 2, 3], 0]);
});

test("is a set whose members come and go, whatever the order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat())), (steps) => {
      const list = new LinkedList<number>();
      const places: Place<number>[] = [];
      const model = new Set<number>();
      for (const [comes, number] of steps) {
        if (comes || places.length === 0) {
          model.add(places.length);
          places.push(list.push(places.length));
        } else {
          const leaving = number % places.length;
          model.delete(leaving);
          list.remove(places[leaving] as Place<number>);
        }
        expect([...list]).toEqual([...model]);
        expect(list.size).toBe(model.size);
      }
    }),
  );
});

test("keeps nothing alive that has left, whatever is old by then", () => {
  const comeAndGo = `
    const list = new LinkedList();
    const places = [1, 2, 3].map(() => list.push([]));
    gc();
    for (let i = 0; i < 1000; i++) {
      places.push(list.push(new Array(10_000).fill(i)));
      list.remove(places.shift());
      if (i % 50 === 0) gc({ type: "minor" });
    }`;
  const used = heapAfter(comeAndGo, { LinkedList: "linked-list.ts" });
  // What has come, all in all, is 80 MiB.
  expect(used).toBeGreaterThan(1);
  expect(used).toBeLessThan(40);
});
