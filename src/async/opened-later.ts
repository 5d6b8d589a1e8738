/**
 * A stream that takes time to open. `open` is called at its first step, and from then on each step goes straight
 * to what it resolved with. Leaving it while it opens leaves that as soon as it is there.
 */
export function openedLater<T>(open: () => Promise<AsyncIterator<T>>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new OpenedLater(open) };
}

class OpenedLater<T> implements AsyncIterator<T, undefined> {
  readonly #open: () => Promise<AsyncIterator<T>>;
  #opening: Promise<AsyncIterator<T>> | undefined;
  #iterator: AsyncIterator<T> | undefined;
  #left = false;

  constructor(open: () => Promise<AsyncIterator<T>>) {
    this.#open = open;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return this.#iterator?.next() ?? this.#first();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#left = true;
    // Where it could not be opened, who asked for the first step has heard it.
    const iterator = await this.#opening?.catch(() => undefined);
    await iterator?.return?.();
    return { done: true, value: undefined };
  }

  async #first(): Promise<IteratorResult<T, undefined>> {
    if (this.#left) return { done: true, value: undefined };
    this.#opening ??= this.#open();
    this.#iterator = await this.#opening;
    return this.#iterator.next();
  }
}
