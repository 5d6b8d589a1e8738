import type { Abortable } from "../async/abort.ts";
import { draining } from "../rpc/errors.ts";
import { OpenCount } from "./open-count.ts";

/**
 * The calls that a server is working on, and whether it takes more, so that it can go when they are done.
 * grpc-js itself cannot tell: its own shutdown waits for open streams for ever.
 */
export class CallsInFlight {
  readonly #open = new OpenCount();
  readonly #closing = new AbortController();

  get count(): number {
    return this.#open.value;
  }

  /** Fires when no more calls are taken. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Counts a call in. Throws DRAINING once the server takes no more. */
  enter(): void {
    if (this.#closing.signal.aborted) throw draining();
    this.#open.opened();
  }

  leave(): void {
    this.#open.closed();
  }

  /** From now on `enter` refuses. */
  close(): void {
    this.#closing.abort(draining());
  }

  /**
   * Resolves as soon as there are no calls.
   * Cancellation: rejects with the signal's reason; the calls go on.
   */
  none(options?: Abortable): Promise<void> {
    return this.#open.none(options);
  }
}
