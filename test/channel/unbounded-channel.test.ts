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
    for (let n = 0; n < 100_000; n++) expect(writer.tryWrite(n)).toBe(true);
    expect(await outcome(writer.waitToWrite())).toEqual({ value: true });
    expect(reader.count).toBe(100_000);
    for (let n = 0; n < 100_000; n++) expect(reader.tryRead()).toBe(n);
    expect(reader.tryRead()).toBeUndefined();
  });
});
