export interface BackoffOptions {
  /** The longest first wait. Default: 250 ms */
  readonly initialMs?: number;
  /** The longest wait of all. Default: 15 s */
  readonly maxMs?: number;
  /** From 0 to 1, exclusive. Default: `Math.random` */
  readonly random?: () => number;
}

/** Waits between tries, with full jitter: each is a random part of a limit that doubles from one to the next. */
export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #tries = 0;
  #limitMs = 0;

  constructor({ initialMs = 250, maxMs = 15_000, random = Math.random }: BackoffOptions = {}) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** The next wait, in milliseconds. Who was told to wait waits that long, and then a random part of it more. */
  next(toldMs = 0): number {
    this.#limitMs = Math.min(this.#maxMs, this.#initialMs * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 30);
    return toldMs + this.#random() * this.#limitMs;
  }

  /**
   * The last try went well for so long. Where that is longer than the wait before it could be, the next wait is a first one
   * again; else each stream that is cut as soon as it has begun would be asked for again at once.
   */
  lasted(ms: number): void {
    if (ms > this.#limitMs) this.#tries = 0;
  }
}
