/** How long the next command has been waiting for its token. Times in milliseconds, on one monotonic clock. */
export class TokenWait {
  #sinceMs: number | undefined;
  #untilMs = 0;

  /** There is no token now; there will be one in so many milliseconds. */
  lacks(nowMs: number, inMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#untilMs = nowMs + inMs;
  }

  /** A command has got its token. */
  ended(): void {
    this.#sinceMs = undefined;
  }

  /** The part of a command's wait that was for a token, and not for its turn or for a commit. */
  of(acceptedAtMs: number, nowMs: number): number {
    if (this.#sinceMs === undefined) return 0;
    return Math.max(0, Math.min(nowMs, this.#untilMs) - Math.max(this.#sinceMs, acceptedAtMs));
  }
}
