import { describe, expect, it } from "vitest";
import { openedLater } from "../../src/async/opened-later.ts";

/** A stream of numbers that says when it was left. */
class Numbers implements AsyncIterator<number> {
  left = 0;
  #next = 0;

  async next(): Promise<IteratorResult<number>> {
    return this.left > 0 ? { done: true, value: undefined } : { done: false, value: ++this.#next };
  }

  async return(): Promise<IteratorResult<number>> {
    this.left++;
    return { done: true, value: undefined };
  }
}

const over = { done: true, value: undefined };

describe("openedLater()", () => {
  it("opens at the first step, and only once", async () => {
    let opened = 0;
    const stream = openedLater(async () => {
      opened++;
      return new Numbers();
    });
    const iterator = stream[Symbol.asyncIterator]();
    expect(opened).toBe(0);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(opened).toBe(1);
  });

  it("is over when it is left, and leaves what it opened", async () => {
    const numbers = new Numbers();
    for await (const value of openedLater(async () => numbers)) {
      expect(value).toBe(1);
      break;
    }
    expect(numbers.left).toBe(1);
  });

  it("never opens when it is left before its first step", async () => {
    const iterator = openedLater(() => Promise.reject(new Error("opened")))[Symbol.asyncIterator]();
    expect(await iterator.return?.()).toEqual(over);
    expect(await iterator.next()).toEqual(over);
  });

  it("that is left while it opens leaves what it opened as soon as it is there", async () => {
    const numbers = new Numbers();
    const opening = Promise.withResolvers<AsyncIterator<number>>();
    const iterator = openedLater(() => opening.promise)[Symbol.asyncIterator]();
    const first = iterator.next();
    const leaving = iterator.return?.();
    opening.resolve(numbers);
    await leaving;
    await first;
    expect(numbers.left).toBe(1);
    expect(await iterator.next()).toEqual(over);
  });

  it("tells why it could not be opened, and can be left all the same", async () => {
    const iterator = openedLater(() => Promise.reject(new Error("refused")))[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toThrow("refused");
    expect(await iterator.return?.()).toEqual(over);
  });
});
