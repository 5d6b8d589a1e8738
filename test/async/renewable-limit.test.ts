import { describe, expect, it } from "vitest";
import { RenewableLimit } from "../../src/async/renewable-limit.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

function counted() {
  const clock = new FakeClock();
  const passed: number[] = [];
  const limit = new RenewableLimit(clock, () => passed.push(clock.monotonic()));
  return { clock, limit, passed };
}

describe("RenewableLimit", () => {
  it("ends once, when its time is up", async () => {
    const { clock, limit, passed } = counted();
    limit.set(100);
    await clock.advance(1000);
    expect(passed).toEqual([100]);
  });

  it("ends as it was set last, be that later or earlier", async () => {
    const { clock, limit, passed } = counted();
    limit.set(100);
    await clock.advance(50);
    limit.set(100);
    await clock.advance(100);
    limit.set(500);
    limit.set(20);
    await clock.advance(1000);
    expect(passed).toEqual([150, 170]);
  });

  it("sets one timer, however often it is set", async () => {
    const { clock, limit } = counted();
    for (let i = 0; i < 100; i++) {
      limit.set(1000);
      await clock.advance(1);
    }
    expect(clock.pendingTimers).toBe(1);
  });

  it("does not end while it is clear, and can be set again", async () => {
    const { clock, limit, passed } = counted();
    limit.set(100);
    limit.clear();
    await clock.advance(1000);
    expect(passed).toEqual([]);
    limit.set(100);
    await clock.advance(100);
    expect(passed).toEqual([1100]);
  });

  it("can be set again when it ends", async () => {
    const clock = new FakeClock();
    let count = 0;
    const limit: RenewableLimit = new RenewableLimit(clock, () => {
      if (++count < 3) limit.set(10);
    });
    limit.set(10);
    await clock.advance(100);
    expect(count).toBe(3);
  });

  it("leaves no timer behind", () => {
    const { clock, limit } = counted();
    limit.set(100);
    limit[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  it("never ends once it is disposed of, also where it is set after that", async () => {
    const { clock, limit, passed } = counted();
    limit.set(100);
    limit[Symbol.dispose]();
    limit.set(100);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1000);
    expect(passed).toEqual([]);
  });
});
