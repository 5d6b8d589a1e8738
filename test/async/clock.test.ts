import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/async/clock.ts";

const dayMs = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("systemClock.setTimer()", () => {
  it("calls once, after the time, not before", () => {
    let calls = 0;
    systemClock.setTimer(100, () => calls++);
    vi.advanceTimersByTime(99);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps times that are longer than Node's own timers can be", () => {
    let calls = 0;
    systemClock.setTimer(60 * dayMs, () => calls++);
    vi.advanceTimersByTime(60 * dayMs - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("can be cancelled at any moment, also beyond Node's limit and after it fired", () => {
    const timer = systemClock.setTimer(60 * dayMs, () => expect.unreachable());
    vi.advanceTimersByTime(50 * dayMs);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
    let calls = 0;
    const fired = systemClock.setTimer(-1, () => calls++);
    vi.advanceTimersByTime(1);
    fired.cancel();
    expect(calls).toBe(1);
  });
});
