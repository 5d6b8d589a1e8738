import { describe, expect, it } from "vitest";
import { sleep } from "../../src/async/abort.ts";
import { nextTurn } from "../../src/async/next-turn.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

describe("FakeClock", () => {
  it("stands still until it is moved", () => {
    const clock = new FakeClock({ startMs: 5_000 });
    expect(clock.now()).toBe(5_000);
    expect(clock.monotonic()).toBe(0);
  });

  it("jumps with the wall clock alone", () => {
    const clock = new FakeClock({ startMs: 5_000 });
    clock.setTimer(10, () => expect.unreachable());
    clock.jump(-2_000);
    expect(clock.now()).toBe(3_000);
    expect(clock.monotonic()).toBe(0);
    expect(clock.pendingTimers).toBe(1);
  });
});

describe("FakeClock.advance()", () => {
  it("fires what is due by time, then by when it was set", async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    for (const [name, delayMs] of [
      ["late", 20],
      ["first", 10],
      ["second", 10],
      ["beyond", 21],
    ] as const) {
      clock.setTimer(delayMs, () => fired.push(name));
    }
    await clock.advance(20);
    expect(fired).toEqual(["first", "second", "late"]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("shows each callback its own moment, and ends at the end of the span", async () => {
    const clock = new FakeClock({ startMs: 1_000 });
    const seen: [now: number, monotonic: number][] = [];
    clock.setTimer(7, () => seen.push([clock.now(), clock.monotonic()]));
    await clock.advance(50);
    expect(seen).toEqual([[1_007, 7]]);
    expect([clock.now(), clock.monotonic()]).toEqual([1_050, 50]);
  });

  it("fires timers that are set on the way, from promise chains too", async () => {
    const clock = new FakeClock();
    const woken: number[] = [];
    const loop = (async () => {
      for (let round = 0; round < 3; round++) {
        await sleep(clock, 10);
        await Promise.resolve().then(() => {});
        woken.push(clock.monotonic());
      }
    })();
    await clock.advance(30);
    await loop;
    expect(woken).toEqual([10, 20, 30]);
  });

  it("lets what is already on its way set its timers first", async () => {
    const clock = new FakeClock();
    const woken = Promise.resolve().then(() => sleep(clock, 5));
    await clock.advance(5);
    await woken;
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets those have their turns who wait for some, one after the other, before any time goes by", async () => {
    const clock = new FakeClock();
    const seenAt: number[] = [];
    const waiting = async () => {
      for (let turns = 0; turns < 20; turns++) await nextTurn();
      seenAt.push(clock.monotonic());
    };
    const waits = [waiting(), waiting()];
    clock.setTimer(10, () => waits.push(waiting()));
    await clock.advance(20);
    expect(seenAt).toEqual([0, 0, 10]);
    await Promise.all(waits);
  });

  it("does not wait for ever for those who wait for one turn after the other", async () => {
    const clock = new FakeClock();
    let goesOn = true;
    const endless = async () => {
      while (goesOn) await nextTurn();
    };
    const going = endless();
    await clock.advance(10);
    expect(clock.monotonic()).toBe(10);
    goesOn = false;
    await going;
  });

  it("fires a delay of 0 or less at advance(0), and not before", async () => {
    const clock = new FakeClock();
    let fired = 0;
    clock.setTimer(0, () => fired++);
    clock.setTimer(-1, () => fired++);
    expect(fired).toBe(0);
    await clock.advance(0);
    expect(fired).toBe(2);
  });

  it("does not fire what was cancelled, also by another callback of the same moment", async () => {
    const clock = new FakeClock();
    let fired = 0;
    clock.setTimer(1, () => other.cancel());
    const other = clock.setTimer(1, () => fired++);
    await clock.advance(1);
    other.cancel();
    expect(fired).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("rejects with what a callback throws, and can be moved again", async () => {
    const clock = new FakeClock();
    clock.setTimer(1, () => {
      throw new Error("broken");
    });
    await expect(clock.advance(5)).rejects.toThrow("broken");
    await clock.advance(5);
    expect(clock.monotonic()).toBe(6);
  });

  it("refuses to go back, and to be moved twice at once", async () => {
    const clock = new FakeClock();
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    const moving = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow("while it moves");
    await moving;
  });
});
