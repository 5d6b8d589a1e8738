/**
 * Keeps an order among several who work at the same time: each takes a ticket when it begins, and waits for its turn
 * before it passes on what it made. A turn that is due at once costs no promise.
 */
export class Sequencer {
  readonly #waiting = new Map<number, () => void>();
  #taken = 0;
  #due = 0;
  #released = false;

  take(): number {
    return this.#taken++;
  }

  /** Nothing, where it is this ticket's turn now; or else a promise of it. */
  wait(ticket: number): Promise<void> | undefined {
    if (ticket === this.#due || this.#released) return undefined;
    return new Promise((resolve) => this.#waiting.set(ticket, resolve));
  }

  /** The one whose turn it is has had it. */
  pass(): void {
    this.#call(++this.#due);
  }

  /** Lets everybody go who waits or ever would, because there is nothing to keep in order any more. */
  release(): void {
    this.#released = true;
    for (const ticket of this.#waiting.keys()) this.#call(ticket);
  }

  #call(ticket: number): void {
    const resolve = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    resolve?.();
  }
}
