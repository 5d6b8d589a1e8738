import { describe, expect, it } from "vitest";
import { FoundTimes } from "../../src/calendar/found-times.ts";

describe("FoundTimes.get()", () => {
  it("keeps also that there is none", () => {
    const times = new FoundTimes();
    const find = () => undefined;
    expect(times.get("a", 1, find)).toBeUndefined();
    expect(times.get("a", 1, () => 2)).toBeUndefined();
    expect(times.get("a", 2, () => 3)).toBe(3);
    expect(times.get("b", 1, () => 4)).toBe(4);
  });

  it("keeps what it has found of as many expressions as it can, when it is asked for other times of these", () => {
    const times = new FoundTimes();
    for (let index = 0; index < 5000; index++) times.get(`${index}`, 1, () => 1);
    times.get("0", 2, () => 1);
    expect(times.get("1", 1, () => 2)).toBe(1);
  });

  it.each([
    ["expressions", 5000, (index: number) => ({ name: `${index}`, timeMs: 1 })],
    ["times", 200_000, (index: number) => ({ name: "a", timeMs: index })],
  ])("begins anew once it has found so many %s", (_, most, asked) => {
    const times = new FoundTimes();
    const get = (index: number, found: number) => {
      const { name, timeMs } = asked(index);
      return times.get(name, timeMs, () => found);
    };
    for (let index = 0; index < most; index++) get(index, 1);
    expect(get(0, 2)).toBe(1);
    get(most, 1);
    expect(get(0, 2)).toBe(2);
  });
});
