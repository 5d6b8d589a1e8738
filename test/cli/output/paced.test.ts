import { describe, expect, it } from "vitest";
import { Paced } from "../../../src/cli/output/paced.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";

function setup() {
  const clock = new FakeClock();
  const drawnAtMs: number[] = [];
  const paced = new Paced(250, () => drawnAtMs.push(clock.monotonic()), clock);
  return { clock, drawnAtMs, paced };
}

describe("Paced", () => {
  it("draws at once, and then at most four times a second, however often it is asked to", async () => {
    const { clock, drawnAtMs, paced } = setup();
    for (let ms = 0; ms < 1000; ms += 10) {
      paced.ask();
      await clock.advance(10);
    }
    expect(drawnAtMs).toEqual([0, 250, 500, 750, 1000]);
  });

  it("draws the last that it was asked for, and then nothing", async () => {
    const { clock, drawnAtMs, paced } = setup();
    paced.ask();
    paced.ask();
    await clock.advance(10_000);
    expect(drawnAtMs).toEqual([0, 250]);
    paced.ask();
    expect(drawnAtMs).toEqual([0, 250, 10_250 - 250]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("draws no more once it is stopped", async () => {
    const { clock, drawnAtMs, paced } = setup();
    paced.ask();
    paced.ask();
    paced.stop();
    await clock.advance(1000);
    expect(drawnAtMs).toEqual([0]);
    expect(clock.pendingTimers).toBe(0);
  });
});
