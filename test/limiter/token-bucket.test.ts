import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/limiter/token-bucket.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** What floating-point numbers may be off by. */
const rounding = 1e-6;

const limits = fc.record({
  rate: fc.oneof(fc.double({ min: 0.01, max: 10, noNaN: true }), fc.integer({ min: 1, max: 100_000 })),
  burst: fc.integer({ min: 1, max: 50 }),
});

describe("TokenBucket.take()", () => {
  it("gives out no more than rate × t + burst in any span of time, whatever the wall clock does", async () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.double({ min: 0, max: 5000, noNaN: true }), jumpMs: fc.integer() }),
    );
    await fc.assert(
      fc.asyncProperty(limits, steps, async ({ rate, burst }, schedule) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ rate, burst, clock });
        const grants: number[] = [];
        for (const { waitMs, jumpMs } of schedule) {
          await clock.advance(waitMs);
          clock.jump(jumpMs);
          while (grants.length < 300 && bucket.take() === 0) grants.push(clock.monotonic());
        }
        for (const [first, from] of grants.entries()) {
          for (let last = first; last < grants.length; last++) {
            const seconds = ((grants[last] ?? 0) - from) / 1000;
            expect(last - first + 1).toBeLessThanOrEqual(rate * seconds + burst + rounding);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("gives no less than rate × t to one who comes back when told", async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.integer({ min: 1, max: 100 }), async ({ rate, burst }, wanted) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ rate, burst, clock });
        for (let taken = 0; taken < burst + wanted; ) {
          const waitMs = bucket.take();
          if (waitMs === 0) taken++;
          else await clock.advance(waitMs);
        }
        expect(clock.monotonic()).toBeCloseTo((wanted * 1000) / rate, 4);
      }),
      { numRuns: 100 },
    );
  });

  it("gives at least 99 % of rate × t while work waits, also to one who always comes 0.5 ms late", async () => {
    const few = fc.record({
      rate: fc.double({ min: 0.01, max: 400, noNaN: true }),
      burst: fc.integer({ min: 2, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(few, async ({ rate, burst }) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ rate, burst, clock });
        let taken = 0;
        while (taken < burst + 200) {
          const waitMs = bucket.take();
          if (waitMs === 0) taken++;
          else await clock.advance(waitMs + 0.5);
        }
        const seconds = clock.monotonic() / 1000;
        expect(taken).toBeGreaterThanOrEqual(0.99 * rate * seconds);
        expect(taken).toBeLessThanOrEqual(rate * seconds + burst + rounding);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps to the limits of every moment, also where they change while it runs", async () => {
    const change = fc.record({ limits, waitMs: fc.integer({ min: 0, max: 2000 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(change, { maxLength: 20 }), async (first, changes) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ ...first, clock });
        let saved = first.burst;
        let { rate, burst } = first;
        for (const { limits: next, waitMs } of changes) {
          let taken = 0;
          while (taken < 200 && bucket.take() === 0) taken++;
          expect(taken).toBeLessThanOrEqual(saved + rounding);
          expect(Math.min(200, Math.floor(saved - rounding))).toBeLessThanOrEqual(taken);
          saved -= taken;
          await clock.advance(waitMs);
          saved = Math.min(burst, saved + (rate * waitMs) / 1000);
          ({ rate, burst } = next);
          bucket.update(next);
          saved = Math.min(burst, saved);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("starts full, and saves up no more than its burst", async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ rate: 10, burst: 3, clock });
    expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0, 100]);
    await clock.advance(1_000_000);
    expect(bucket.available).toBe(3);
  });

  it("takes all that is asked for, or nothing", () => {
    const bucket = new TokenBucket({ rate: 10, burst: 3, clock: new FakeClock() });
    bucket.take(2);
    expect(bucket.take(2)).toBe(100);
    expect(bucket.available).toBe(1);
  });

  it("can be as slow as a token in 100 seconds", async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ rate: 0.01, burst: 1, clock });
    bucket.take();
    expect(bucket.take()).toBe(100_000);
    await clock.advance(99_999);
    expect(bucket.take()).toBeCloseTo(1);
    await clock.advance(1);
    expect(bucket.take()).toBe(0);
  });

  it("refuses what can never be had", () => {
    const bucket = new TokenBucket({ rate: 1, burst: 2, clock: new FakeClock() });
    expect(() => bucket.take(3)).toThrow(RangeError);
  });
});

describe("TokenBucket.waitFor()", () => {
  it("is true: after exactly so long, so many can have been taken", async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.integer({ min: 1, max: 200 }), async ({ rate, burst }, count) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ rate, burst, clock });
        while (bucket.take() === 0);
        const waitMs = bucket.waitFor(count);
        let taken = 0;
        while (taken < count) {
          const shortMs = bucket.take();
          if (shortMs === 0) taken++;
          else await clock.advance(shortMs);
        }
        expect(clock.monotonic()).toBeCloseTo(waitMs, 4);
      }),
      { numRuns: 60 },
    );
  });

  it("is exact: so many can be had together after it, and not a moment before", async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.nat(), fc.nat(), async ({ rate, burst }, used, wanted) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ rate, burst, clock });
        bucket.take(1 + (used % burst));
        const count = 1 + (wanted % burst);
        const waitMs = bucket.waitFor(count);
        await clock.advance(waitMs * 0.999);
        if (waitMs > 0) expect(bucket.take(count)).toBeGreaterThan(0);
        await clock.advance(waitMs * 0.001);
        expect(bucket.take(count)).toBe(0);
      }),
    );
  });

  it("reaches beyond the burst, for those who wait in line", () => {
    const bucket = new TokenBucket({ rate: 10, burst: 2, clock: new FakeClock() });
    expect(bucket.waitFor(12)).toBe(1000);
  });

  it("is nothing while there are enough", () => {
    expect(new TokenBucket({ rate: 1, burst: 5, clock: new FakeClock() }).waitFor(5)).toBe(0);
  });
});

describe("TokenBucket.giveBack()", () => {
  it("puts a token back, but never more than fit", () => {
    const bucket = new TokenBucket({ rate: 1, burst: 2, clock: new FakeClock() });
    bucket.take();
    bucket.giveBack();
    bucket.giveBack();
    expect(bucket.available).toBe(2);
  });

  it("is as if the token had never been taken", async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ rate: 1, burst: 5, clock });
    bucket.take(5);
    await clock.advance(1500);
    bucket.take();
    bucket.giveBack();
    expect(bucket.available).toBeCloseTo(1.5);
    expect(bucket.waitFor(2)).toBeCloseTo(500);
  });
});

describe("TokenBucket.update()", () => {
  it("counts with the new limits from now on, and keeps what was saved up", async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ rate: 1, burst: 10, clock });
    bucket.take(10);
    await clock.advance(2000);
    bucket.update({ rate: 100 });
    expect(bucket.available).toBeCloseTo(2);
    await clock.advance(10);
    expect(bucket.available).toBeCloseTo(3);
    bucket.update({ burst: 1 });
    expect(bucket.available).toBe(1);
  });

  it("refuses wrong limits, and stays as it was", () => {
    const bucket = new TokenBucket({ rate: 1, burst: 10, clock: new FakeClock() });
    expect(() => bucket.update({ rate: 5, burst: 0 })).toThrow(RangeError);
    expect([bucket.rate, bucket.burst]).toEqual([1, 10]);
  });
});

describe("a TokenBucket", () => {
  it.each([
    { rate: 0, burst: 1 },
    { rate: -1, burst: 1 },
    { rate: Number.NaN, burst: 1 },
    { rate: Number.POSITIVE_INFINITY, burst: 1 },
    { rate: 1, burst: 0 },
    { rate: 1, burst: 1.5 },
  ])("refuses limits that are none: %j", (wrong) => {
    expect(() => new TokenBucket({ ...wrong, clock: new FakeClock() })).toThrow(RangeError);
  });
});
