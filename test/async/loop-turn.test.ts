import { describe, expect, it } from "vitest";
import { LoopTurn } from "../../src/async/loop-turn.ts";
import { nextTurn } from "../../src/async/next-turn.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** A clock that a test moves without a turn of the event loop. */
class HandClock extends FakeClock {
  atMs = 0;

  override monotonic(): number {
    return this.atMs;
  }
}

function setup() {
  const clock = new HandClock();
  return { clock, turn: new LoopTurn(clock) };
}

describe("LoopTurn.isLong", () => {
  it("is true a millisecond after it was first asked", () => {
    const { clock, turn } = setup();
    clock.atMs = 5;
    expect(turn.isLong).toBe(false);
    clock.atMs = 5.99;
    expect(turn.isLong).toBe(false);
    clock.atMs = 6;
    expect(turn.isLong).toBe(true);
  });

  it("counts on however many promises are waited for", async () => {
    const { clock, turn } = setup();
    expect(turn.isLong).toBe(false);
    for (let count = 0; count < 1000; count++) await undefined;
    clock.atMs = 1;
    expect(turn.isLong).toBe(true);
  });

  it("counts anew in the next turn of the event loop, from when it is asked there", async () => {
    const { clock, turn } = setup();
    expect(turn.isLong).toBe(false);
    clock.atMs = 10;
    expect(turn.isLong).toBe(true);
    await nextTurn();
    clock.atMs = 20;
    expect(turn.isLong).toBe(false);
    clock.atMs = 20.5;
    expect(turn.isLong).toBe(false);
    clock.atMs = 21;
    expect(turn.isLong).toBe(true);
  });
});
