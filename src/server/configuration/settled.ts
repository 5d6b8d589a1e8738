/**
 * What the promise gives. Rejects also where it waits for what never comes, such as a module that awaits a promise which
 * nobody resolves: there is nothing left then that the process could do, and it would end without a word.
 */
export async function settled<T>(promise: Promise<T>): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const onIdle = () => reject(new Error("it waits for what never comes"));
  process.once("beforeExit", onIdle);
  try {
    return await Promise.race([promise, never]);
  } finally {
    process.off("beforeExit", onIdle);
  }
}
