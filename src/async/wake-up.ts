import type { Abortable } from "./abort.ts";

/**
 * A wake-up call that is never lost: `wake()` before `wait()` makes that wait return at once. It carries no
 * value; who is woken looks at the state itself. Made for one waiting loop (the consumer, a watcher): a second
 * wait at the same time is an error.
 */
export class WakeUp {
  #woken = false;
  #resolve: (() => void) | undefined;

  /** Ends the wait that is going on, or else the next one. Calls in between count as one. */
  wake(): void {
    const resolve = this.#resolve;
    if (resolve === undefined) {
      this.#woken = true;
      return;
    }
    this.#resolve = undefined;
    resolve();
  }

  /**
   * Resolves at the next `wake()`, or at once if there was one since the last wait.
   * Cancellation: rejects with the signal's reason; a `wake()` afterwards counts for the next wait.
   */
  wait({ signal }: Abortable = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#resolve !== undefined)
      return Promise.reject(new TypeError("Cannot wait twice at the same time"));
    if (this.#woken) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      if (signal === undefined) return;
      const abort = () => {
        this.#resolve = undefined;
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      const woken = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      this.#resolve = woken;
    });
  }
}
