import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/limiter/token-bucket.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** What the clock and its floating-point numbers may be off by, after up to three years. */
const rounding = 1e-2;

const limits = fc.record({
  rate: fc.double({ min: 0.01, max: 100_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 50 }),
});

describe("TokenBucket.take(), long after the clock's beginning", () => {
  it("gives a token to everybody who waited as long as told, at the second call", async () => {
    const upMs = fc.double({ min: 0, max: 1e11, noNaN: true });
    await fc.assert(
      fc.asyncProperty(limits, upMs, async ({ rate, burst }, up) => {
        const clock = new FakeClock();
        await clock.advance(up);
        const startedAtMs = clock.monotonic();
        const bucket = new TokenBucket({ rate, burst, clock });
        while (bucket.take() === 0);
        for (let taken = 0; taken < 100; taken++) {
          await clock.advance(bucket.take());
          expect(bucket.take()).toBe(0);
        }
        // As many as the rate allows: what was lent is not given.
        const seconds = (clock.monotonic() - startedAtMs) / 1000;
        expect(burst + 100).toBeLessThanOrEqual(rate * seconds + burst + rounding);
      }),
      { numRuns: 50 },
    );
  });
});
