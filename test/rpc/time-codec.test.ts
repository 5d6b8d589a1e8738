import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { fromDuration, toDuration, toTimestamp } from "../../src/rpc/time-codec.ts";

describe("toTimestamp()", () => {
  it.each([
    [0, 0n, 0],
    [1_700_000_000_123, 1_700_000_000n, 123_000_000],
    [1000.5, 1n, 500_000],
    [-1, -1n, 999_000_000],
  ])("splits %d ms into seconds and nanos", (ms, seconds, nanos) => {
    expect(toTimestamp(ms)).toMatchObject({ seconds, nanos });
  });
});

describe("toDuration()", () => {
  it.each([
    [0, 0n, 0],
    [1500, 1n, 500_000_000],
    [0.1234, 0n, 123_000],
    [999.9999, 1n, 0],
    [-5, 0n, 0],
  ])("splits %d ms into seconds and whole microseconds", (ms, seconds, nanos) => {
    expect(toDuration(ms)).toMatchObject({ seconds, nanos });
  });
});

describe("fromDuration()", () => {
  const from = (seconds: bigint, nanos: number) => fromDuration(create(DurationSchema, { seconds, nanos }));

  it("gives milliseconds, with fractions and sign", () => {
    expect(from(1n, 250_500_000)).toBe(1250.5);
    expect(from(-1n, -500_000_000)).toBe(-1500);
    expect(from(315_576_000_000n, 0)).toBe(315_576_000_000_000);
  });

  it("refuses what is no duration", () => {
    expect(from(315_576_000_001n, 0)).toBeUndefined();
    expect(from(-315_576_000_001n, 0)).toBeUndefined();
    expect(from(0n, 1_000_000_000)).toBeUndefined();
    expect(from(1n, -1)).toBeUndefined();
    expect(from(-1n, 1)).toBeUndefined();
  });
});
