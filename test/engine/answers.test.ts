import { describe, expect, it } from "vitest";
import { nextTurn } from "../../src/async/next-turn.ts";
import { Answers } from "../../src/engine/local/answers.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** Commands by number, and those of them that were told, in their order. */
function setup() {
  const told: number[] = [];
  const ended = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ tell: () => void told.push(from + index) }));
  return { answers: new Answers(new FakeClock()), told, ended };
}

const upTo = (end: number) => Array.from({ length: end }, (_, number) => number);

describe("Answers.tell()", () => {
  it("tells a few without a turn of the event loop", async () => {
    const { answers, told, ended } = setup();
    let turns = 0;
    void nextTurn().then(() => turns++);
    await answers.tell(ended(0, 16));
    expect(told).toEqual(upTo(16));
    expect(turns).toBe(0);
  });

  it("gives everything else its turns while it tells many, of which more are told at a time", async () => {
    const { answers, told, ended } = setup();
    const seen: number[] = [];
    const all = answers.tell(ended(0, 100));
    while (told.length < 100) {
      await nextTurn();
      seen.push(told.length);
    }
    await all;
    expect(seen).toEqual([25, 44, 60, 76, 92, 100]);
    expect(told).toEqual(upTo(100));
  });

  it("tells those of one commit after those of the one before", async () => {
    const { answers, told, ended } = setup();
    const first = answers.tell(ended(0, 40)).then(() => told.length);
    const second = answers.tell(ended(40, 2)).then(() => told.length);
    expect(await first).toBe(40);
    expect(await second).toBe(42);
    expect(told).toEqual(upTo(42));
  });
});
