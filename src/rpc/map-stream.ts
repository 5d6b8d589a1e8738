/**
 * A stream with each of its messages, and the error that ends it, made into something else. It adds one promise
 * to a message, where an async generator would add several; with thousands of watchers that shows. Leaving the
 * loop early leaves that of `source`, at once.
 */
export function mapStream<T, U>(source: AsyncIterable<T>, mapping: Mapping<T, U>): AsyncIterable<U> {
  return { [Symbol.asyncIterator]: () => new MappedIterator(source[Symbol.asyncIterator](), mapping) };
}

interface Mapping<T, U> {
  readonly each: (value: T) => U;
  readonly error: (reason: unknown) => unknown;
}

type Step<U> = IteratorResult<U, undefined>;

class MappedIterator<T, U> implements AsyncIterator<U, undefined> {
  readonly #source: AsyncIterator<T>;
  readonly #mapping: Mapping<T, U>;

  constructor(source: AsyncIterator<T>, mapping: Mapping<T, U>) {
    this.#source = source;
    this.#mapping = mapping;
  }

  next(): Promise<Step<U>> {
    return this.#source.next().then(this.#map, this.#fail);
  }

  async return(): Promise<Step<U>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  readonly #map = (result: IteratorResult<T>): Step<U> | Promise<never> => {
    if (result.done) return { done: true, value: undefined };
    try {
      return { done: false, value: this.#mapping.each(result.value) };
    } catch (reason) {
      return this.#fail(reason);
    }
  };

  readonly #fail = async (reason: unknown): Promise<never> => {
    await this.#source.return?.();
    throw this.#mapping.error(reason);
  };
}
