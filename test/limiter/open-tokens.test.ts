import { describe, expect, it } from "vitest";
import { OpenTokens } from "../../src/limiter/open-tokens.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

describe("OpenTokens", () => {
  it("gives every token at once", () => {
    const tokens = new OpenTokens({ clock: new FakeClock() });
    expect(tokens.limits).toBeUndefined();
    expect(Array.from({ length: 1000 }, () => tokens.take())).toEqual(Array(1000).fill(0));
    expect(tokens.waitFor(1e9)).toBe(0);
  });

  it("is a full bucket once a rate is set", async () => {
    const clock = new FakeClock();
    const tokens = new OpenTokens({ clock });
    tokens.update({ rate: 2.5 });
    expect(tokens.limits).toEqual({ rate: 2.5, burst: 3, available: 3 });
    expect([tokens.take(), tokens.take(), tokens.take(), tokens.take()]).toEqual([0, 0, 0, 400]);
    tokens.giveBack();
    expect(tokens.waitFor(2)).toBe(400);
  });

  it("takes further changes as a bucket does", () => {
    const tokens = new OpenTokens({ clock: new FakeClock() });
    tokens.update({ rate: 1, burst: 5 });
    tokens.update({ burst: 2 });
    tokens.update({ rate: 9 });
    expect(tokens.limits).toEqual({ rate: 9, burst: 2, available: 2 });
  });

  it("refuses a burst where there is no rate", () => {
    const tokens = new OpenTokens({ clock: new FakeClock() });
    expect(() => tokens.update({ burst: 2 })).toThrow(RangeError);
    tokens.update({});
    expect(tokens.limits).toBeUndefined();
  });
});
