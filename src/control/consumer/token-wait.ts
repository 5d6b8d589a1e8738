import type { Delivery } from "../../engine/engine.ts";

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
  /** What those had waited that are not the next any more: another goes before them, or they have their token. */
  readonly #before = new WeakMap<Waiting, number>();

  /** There is no token for the next command now; there will be one in so many milliseconds. */
  lacks(next: Waiting, nowMs: number, inMs: number): void {
    this.#seenMs = this.#sinceMs === undefined ? nowMs : this.#seenMs;
    this.#sinceMs ??= nowMs;
    this.#untilMs = nowMs + inMs;
    this.ofNext(next, nowMs);
  }

  /** The next command has its token, or needs none any more. */
  ended(next: Waiting, nowMs: number): void {
    const waitedMs = this.ofNext(next, nowMs);
    if (waitedMs > 0) this.#before.set(next, waitedMs);
    this.#sinceMs = undefined;
    this.#next = undefined;
  }

  /** The part of the next command's wait that was for a token, and not for its turn or for a commit. */
  ofNext(next: Waiting, nowMs: number): number {
    if (this.#sinceMs === undefined) return this.ofOther(next);
    if (next !== this.#next) this.#changeTo(next);
    this.#seenMs = nowMs;
    return this.#waited(next, nowMs);
  }

  /** That part of a command that has its token, or is not the next; ask for the next one before. */
  ofOther(command: Waiting): number {
    return this.#before.get(command) ?? 0;
  }

  #changeTo(next: Waiting): void {
    const atMs = Math.max(this.#seenMs, next.acceptedAtMs);
    if (this.#next !== undefined) this.#before.set(this.#next, this.#waited(this.#next, atMs));
    this.#next = next;
    this.#nextSinceMs = atMs;
  }

  #waited(next: Waiting, nowMs: number): number {
    return this.ofOther(next) + Math.max(0, Math.min(nowMs, this.#untilMs) - this.#nextSinceMs);
  }
}
