import type { Clock } from "./clock.ts";

/**
 * Waiting that an `AbortSignal` can end. Each function looks at the signal first, rejects with its `reason`,
 * and takes its listener off on every path.
 */

export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

/** Calls `listener` when the signal fires, at once if it already has. Returns what takes it off again. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener();
    return () => {};
  }
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/**
 * Settles as `promise` does, or rejects as soon as the signal fires.
 * Cancellation: the wait ends; what `promise` stands for goes on.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(off);
  });
}

/**
 * Resolves after `delayMs` milliseconds.
 * Cancellation: rejects with the signal's reason, and the timer is gone.
 */
export function sleep(clock: Clock, delayMs: number, options: Abortable = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.setTimer(delayMs, () => {
      off();
      resolve();
    });
    const off = onAbort(signal, () => {
      timer.cancel();
      reject(signal?.reason);
    });
  });
}
