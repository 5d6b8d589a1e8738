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

/** No limit: every token is there at once. */
export const unlimitedTokens: TokenSource = {
  take: () => 0,
  giveBack: () => {},
  waitFor: () => 0,
};
