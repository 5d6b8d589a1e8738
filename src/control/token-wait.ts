import type { Delivery } from "../engine/engine.ts";

type Waiting = Pick<Delivery, "acceptedAtMs">;

/**
 * How long the commands have waited for a token that were next while there was none; all others wait behind them. Nobody tells
 * when another has become the next: one stays it until it was last asked for, or another came that goes before it. Times in
 * milliseconds, on one monotonic clock.
 */
export class TokenWait {
  #sinceMs: number | undefined;
  #untilMs = 0;
  #next: Waiting | undefined;
  #nextSinceMs = 0;
  /** When one was last known to be the next. */
  #seenMs = 0;
  /** What those had waited before another came that goes before them. */
  #before = new WeakMap<Waiting, number>();

  /** There is no token for the next command now; there will be one in so many milliseconds. */
  lacks(next: Waiting, nowMs: number, inMs: number): void {
    this.#seenMs = this.#sinceMs === undefined ? nowMs : this.#seenMs;
    this.#sinceMs ??= nowMs;
    this.#untilMs = nowMs + inMs;
    this.of(next, nowMs);
  }

  /** A command has got its token. */
  ended(): void {
    this.#sinceMs = undefined;
    this.#next = undefined;
    this.#before = new WeakMap();
  }

  /** The part of the next command's wait that was for a token, and not for its turn or for a commit. */
  of(next: Waiting, nowMs: number): number {
    if (this.#sinceMs === undefined) return 0;
    if (next !== this.#next) this.#changeTo(next);
    this.#seenMs = nowMs;
    return this.#waited(next, nowMs);
  }

  #changeTo(next: Waiting): void {
    const atMs = Math.max(this.#seenMs, next.acceptedAtMs);
    if (this.#next !== undefined) this.#before.set(this.#next, this.#waited(this.#next, atMs));
    this.#next = next;
    this.#nextSinceMs = atMs;
  }

  #waited(next: Waiting, nowMs: number): number {
    const beforeMs = this.#before.get(next) ?? 0;
    return beforeMs + Math.max(0, Math.min(nowMs, this.#untilMs) - this.#nextSinceMs);
  }
}
