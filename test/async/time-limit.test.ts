import { describe, expect, it } from "vitest";
import { TimeLimit } from "../../src/async/time-limit.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

describe("TimeLimit", () => {
  it("is infinite until it is set", async () => {
    const clock = new FakeClock();
    const limit = new TimeLimit({ clock });
    expect(limit.remainingMs).toBe(Number.POSITIVE_INFINITY);
    await clock.advance(1e9);
    expect(limit.signal.aborted).toBe(false);
  });

  it("can be brought forward, and not put off", async () => {
    const clock = new FakeClock();
    const limit = new TimeLimit({ clock });
    limit.bringForward(1000);
    limit.bringForward(5000);
    expect(limit.remainingMs).toBe(1000);
    limit.bringForward(200);
    await clock.advance(199);
    expect(limit.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(limit.signal.aborted).toBe(true);
    expect(limit.remainingMs).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("never fires once it is disposed, whatever comes", async () => {
    const clock = new FakeClock();
    const limit = new TimeLimit({ clock });
    limit.bringForward(1000);
    limit[Symbol.dispose]();
    limit.bringForward(10);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1000);
    expect(limit.signal.aborted).toBe(false);
  });
});
