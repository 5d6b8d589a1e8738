/**
 * How much of what a thread logs and prints may be on its way: beyond that the thread waits, as a program does whose pipe is full.
 * So a flood piles up nowhere. One side takes, the other gives back; the memory is theirs together.
 */
export class LogWindow {
  static readonly bytes = 4;
  readonly #taken: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#taken = new Int32Array(memory);
  }

  /** For the thread. Blocks it while the window is full; a termination ends that wait too. */
  take(cost: number): void {
    for (;;) {
      const taken = Atomics.load(this.#taken, 0);
      if (taken < windowBytes) break;
      Atomics.wait(this.#taken, 0, taken);
    }
    Atomics.add(this.#taken, 0, cost);
  }

  /** For the reader: what messages of this cost took is free again. */
  giveBack(cost: number): void {
    Atomics.sub(this.#taken, 0, cost);
    Atomics.notify(this.#taken, 0);
  }
}

/** What a message takes of the window, in bytes. */
export function costOf({ length }: { readonly length: number }): number {
  return length + messageOverhead;
}

/** The last message may go beyond it. */
export const windowBytes = 128 * 1024;
const messageOverhead = 256;
