import { describe, expect, it } from "vitest";
import { EventRate } from "../../src/control/event-rate.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** Adds one event every `everyMs`, for `forMs`. */
async function steady(
  rate: EventRate,
  clock: FakeClock,
  { everyMs, forMs }: { everyMs: number; forMs: number },
) {
  for (let passedMs = 0; passedMs < forMs; passedMs += everyMs) {
    rate.add(1);
    await clock.advance(everyMs);
  }
}

describe("EventRate", () => {
  it("is 0 where nothing happens", async () => {
    const clock = new FakeClock();
    const rate = new EventRate({ clock });
    expect(rate.perSecond).toBe(0);
    await clock.advance(60_000);
    expect(rate.perSecond).toBe(0);
  });

  it("takes the first second of its life for a whole one", async () => {
    const clock = new FakeClock();
    const rate = new EventRate({ clock });
    rate.add(7);
    expect(rate.perSecond).toBe(7);
    await clock.advance(500);
    rate.add(1);
    expect(rate.perSecond).toBe(8);
    await clock.advance(1500);
    expect(rate.perSecond).toBe(4);
  });

  it.each([20, 40, 250, 1000])("tells the rate of what happens every %d ms, to an event", async (everyMs) => {
    const clock = new FakeClock();
    const rate = new EventRate({ clock });
    await clock.advance(12_345);
    await steady(rate, clock, { everyMs, forMs: 10_000 });
    expect(Math.abs(rate.perSecond - 1000 / everyMs)).toBeLessThanOrEqual(1 / 4.9);
  });

  it("follows a change within five seconds, and forgets what lies further behind", async () => {
    const clock = new FakeClock();
    const rate = new EventRate({ clock });
    await steady(rate, clock, { everyMs: 10, forMs: 6000 });
    await steady(rate, clock, { everyMs: 500, forMs: 5000 });
    expect(rate.perSecond).toBeCloseTo(2, 0);
    await clock.advance(4900);
    expect(rate.perSecond).toBeLessThan(0.5);
    await clock.advance(100);
    expect(rate.perSecond).toBe(0);
  });

  it("forgets everything in a long silence, also at once before something happens", async () => {
    const clock = new FakeClock();
    const rate = new EventRate({ clock });
    await steady(rate, clock, { everyMs: 10, forMs: 6000 });
    await clock.advance(3_600_000);
    rate.add(5);
    expect(rate.perSecond).toBeCloseTo(1, 1);
  });
});
