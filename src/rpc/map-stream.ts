/**
 * A stream with each of its messages, and the error that ends it, made into something else. It adds one promise
 * to a message, where an async generator would add several; with thousands of watchers that shows. Leaving the
 * loop early leaves that of `source`, at once.
 */
export function mapStream<T, U>(source: AsyncIterable<T>, { each, error }: Mapping<T, U>): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<U> {
      const iterator = source[Symbol.asyncIterator]();
      const step = (result: IteratorResult<T>): IteratorResult<U> =>
        result.done ? { done: true, value: undefined } : { done: false, value: each(result.value) };
      const fail = async (reason: unknown): Promise<never> => {
        await iterator.return?.();
        throw error(reason);
      };
      return {
        next: () => iterator.next().then(step).catch(fail),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

interface Mapping<T, U> {
  readonly each: (value: T) => U;
  readonly error: (reason: unknown) => unknown;
}
