/**
 * What paces the consumer. Taking a token never waits: who gets none is told how long to wait, so that the one
 * consumer decides what else may happen meanwhile.
 */
export interface TokenSource {
  /**
   * Takes one token if there is one.
   * @returns 0 where it was taken, else the milliseconds until one can be there; a promise of that where the
   * bucket is shared with other processes.
   */
  take(): number | Promise<number>;
  /** Puts back a token that was taken and not used. */
  giveBack(): void;
  /** Milliseconds until `count` tokens can have been taken, if nobody else takes any. 0: now. */
  waitFor(count: number): number;
}

/** A token source whose limits an operator sees, and changes while it is in use. */
export interface AdjustableTokens extends TokenSource {
  /** The limits as they are, or were last heard of; undefined: none. */
  readonly limits: TokenLimits | undefined;
  /**
   * Changes the limits from now on; what is left out stays. Who waits because of the old ones has to ask again.
   * Where there is no limit, a rate brings one in; a burst alone is a `RangeError`.
   */
  update(limits: Partial<Pick<TokenLimits, "rate" | "burst">>): void | Promise<void>;
}

export interface TokenLimits {
  /** Tokens a second. */
  readonly rate: number;
  /** The most that can be saved up. */
  readonly burst: number;
  /** How many there are now, with fractions. */
  readonly available: number;
}
