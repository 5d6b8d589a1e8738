import { describe, expect, it } from "vitest";
import { createUnboundedPrioritized } from "../../src/channel/index.ts";
import { describeChannel } from "./channel-suite.ts";

describeChannel({
  name: "UnboundedPrioritizedChannel",
  create: createUnboundedPrioritized,
  capacity: Number.POSITIVE_INFINITY,
  waitsWhenFull: false,
});

interface Task {
  readonly rank: number;
  readonly name: string;
}

const byRank = (a: Task, b: Task): number => a.rank - b.rank;

describe("UnboundedPrioritizedChannel.tryRead()", () => {
  it("takes the smallest item first", () => {
    const { reader, writer } = createUnboundedPrioritized<number>();
    for (const n of [5, 3, 9, 1, 4]) writer.tryWrite(n);
    expect([1, 2, 3, 4, 5].map(() => reader.tryRead())).toEqual([1, 3, 4, 5, 9]);
  });

  it("orders as compare says, and equal items as they came", () => {
    const { reader, writer } = createUnboundedPrioritized<Task>({ compare: byRank });
    for (const [rank, name] of [
      [2, "a"],
      [1, "b"],
      [2, "c"],
      [1, "d"],
      [2, "e"],
    ] as const) {
      writer.tryWrite({ rank, name });
    }
    const names = [1, 2, 3, 4, 5].map(() => reader.tryRead()?.name);
    expect(names.join("")).toBe("bdace");
  });

  it("compares strings and dates by <", () => {
    const { reader, writer } = createUnboundedPrioritized<string>();
    for (const word of ["pear", "apple", "fig"]) writer.tryWrite(word);
    expect([reader.tryRead(), reader.tryRead(), reader.tryRead()]).toEqual(["apple", "fig", "pear"]);
  });
});

describe("UnboundedPrioritizedChannel's compare", () => {
  it("that throws reaches the caller, and changes nothing", async () => {
    let faulty = false;
    const compare = (a: number, b: number): number => {
      if (faulty) throw new Error("fault in compare");
      return a - b;
    };
    const { reader, writer } = createUnboundedPrioritized<number>({ compare });
    for (const n of [3, 1, 2]) writer.tryWrite(n);
    faulty = true;
    expect(() => writer.tryWrite(0)).toThrow("fault in compare");
    await expect(writer.write(0)).rejects.toThrow("fault in compare");
    expect(() => reader.tryRead()).toThrow("fault in compare");
    faulty = false;
    expect(reader.count).toBe(3);
    expect([1, 2, 3].map(() => reader.tryRead())).toEqual([1, 2, 3]);
  });

  it("that throws while forEach takes the next item ends that, not the write", async () => {
    let faulty = false;
    const compare = (a: number, b: number): number => {
      if (faulty) throw new Error("fault in compare");
      return a - b;
    };
    const { reader, writer } = createUnboundedPrioritized<number>({ compare });
    const ended = reader.forEach(() => {
      for (const n of [3, 1, 2]) writer.tryWrite(n);
      faulty = true;
    });
    expect(writer.tryWrite(0)).toBe(true);
    await expect(ended).rejects.toThrow("fault in compare");
    faulty = false;
    expect([1, 2, 3].map(() => reader.tryRead())).toEqual([1, 2, 3]);
  });

  it("has to be a function", () => {
    expect(() => createUnboundedPrioritized({ compare: "rank" } as never)).toThrow(TypeError);
  });
});
