/** Sources that tell what was asked of them. */

/** The numbers from 1 to `count`, for ever by default. */
export class RecordingSource implements Iterable<number> {
  readonly #count: number;
  asked = 0;
  closed = 0;

  constructor(count = Number.POSITIVE_INFINITY) {
    this.#count = count;
  }

  [Symbol.iterator](): Iterator<number, undefined> {
    return {
      next: () => {
        if (this.asked >= this.#count) return { done: true, value: undefined };
        return { done: false, value: ++this.asked };
      },
      return: () => {
        this.closed++;
        return { done: true, value: undefined };
      },
    };
  }

  /** The same as an async iterable. */
  async(): AsyncIterable<number> {
    const iterator = this[Symbol.iterator]();
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => iterator.next(),
        return: async () => iterator.return?.() ?? { done: true, value: undefined },
      }),
    };
  }
}

/** The numbers from 1 up to and with `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
