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

describe("LoopTurn", () => {
  it("counts from when it is first asked", () => {
    const { clock, turn } = setup();
    clock.atMs = 5;
    expect(turn.elapsedMs).toBe(0);
    clock.atMs = 5.75;
    expect(turn.elapsedMs).toBe(0.75);
  });

  it("goes on however many promises are waited for in it", async () => {
    const { clock, turn } = setup();
    expect(turn.isLong).toBe(false);
    for (let count = 0; count < 1000; count++) await undefined;
    clock.atMs = 1;
    expect(turn.isLong).toBe(true);
    expect(turn.elapsedMs).toBe(1);
  });

  it("counts anew in the next turn", async () => {
    const { clock, turn } = setup();
    expect(turn.elapsedMs).toBe(0);
    clock.atMs = 10;
    await nextTurn();
    expect(turn.elapsedMs).toBe(0);
    clock.atMs = 10.5;
    expect(turn.elapsedMs).toBe(0.5);
    expect(turn.isLong).toBe(false);
  });
});
