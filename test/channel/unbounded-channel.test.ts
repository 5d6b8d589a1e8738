import { describe, expect, it } from "vitest";
import { createUnbounded } from "../../src/channel/index.ts";
import { describeChannel } from "./channel-suite.ts";
import { outcome } from "./pending.ts";

describeChannel({
  name: "UnboundedChannel",
  create: createUnbounded,
  capacity: Number.POSITIVE_INFINITY,
  waitsWhenFull: false,
});

describe("UnboundedChannel", () => {
  it("never is full", async () => {
    const { reader, writer } = createUnbounded<number>();
    const items = Array.from({ length: 100_000 }, (_, n) => n);
    expect(items.every((n) => writer.tryWrite(n))).toBe(true);
    expect(await outcome(writer.waitToWrite())).toEqual({ value: true });
    expect(reader.count).toBe(items.length);
    expect(items.every((n) => reader.tryRead() === n)).toBe(true);
    expect(reader.tryRead()).toBeUndefined();
  });
});
