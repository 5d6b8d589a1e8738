import { describe, expect, it } from "vitest";
import { inTurns } from "../../src/async/in-turns.ts";
import { LoopTurn } from "../../src/async/loop-turn.ts";
import { nextTurn } from "../../src/async/next-turn.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** Things of which each takes 0.3 ms, where a turn may take 1 ms. */
function setup() {
  class WorkClock extends FakeClock {
    workMs = 0;

    override monotonic(): number {
      return this.workMs;
    }
  }
  const clock = new WorkClock();
  const done: number[] = [];
  const work = (item: number) => {
    clock.workMs += 0.3;
    done.push(item);
  };
  return { turn: new LoopTurn(clock), work, done, clock };
}

const ten = Array.from({ length: 10 }, (_, index) => index);

describe("inTurns()", () => {
  it("does as much in a turn as that may take, and the rest in the next ones", async () => {
    const { turn, work, done } = setup();
    const all = inTurns(ten, work, { turn });
    const counts = [done.length];
    for (let turns = 0; turns < 3; turns++) {
      await nextTurn();
      counts.push(done.length);
    }
    await all;
    // The first one of a turn is done before it is asked how long that has gone on.
    expect(counts).toEqual([4, 9, 10, 10]);
    expect(done).toEqual(ten);
  });

  it("takes into account what was done in the same turn before", async () => {
    const { turn, work, done, clock } = setup();
    expect(turn.isLong).toBe(false);
    clock.workMs += 5;
    const all = inTurns(ten, work, { turn });
    expect(done).toEqual([]);
    await all;
    expect(done).toEqual(ten);
  });

  it("does it all at once where that takes no time", () => {
    const { turn, done } = setup();
    void inTurns(ten, (item) => done.push(item), { turn });
    expect(done).toEqual(ten);
  });

  it("ends with the reason of its signal, between two turns", async () => {
    const { turn, work, done } = setup();
    const ending = new AbortController();
    const all = inTurns(ten, work, { turn, signal: ending.signal });
    ending.abort(new Error("Enough"));
    await expect(all).rejects.toThrow("Enough");
    expect(done).toEqual([0, 1, 2, 3]);
  });

  it("does nothing where its signal has fired", async () => {
    const { turn, work, done } = setup();
    const signal = AbortSignal.abort(new Error("Enough"));
    await expect(inTurns(ten, work, { turn, signal })).rejects.toThrow("Enough");
    expect(done).toEqual([]);
  });

  it("ends with what goes wrong", async () => {
    const { turn } = setup();
    const fail = () => {
      throw new Error("Wrong");
    };
    await expect(inTurns(ten, fail, { turn })).rejects.toThrow("Wrong");
  });
});
