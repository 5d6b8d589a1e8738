import type { Clock } from "../async/clock.ts";
import type { AdjustableTokens, TokenLimits } from "./token-source.ts";

export interface TokenBucketOptions {
  /** Tokens a second; more than 0, fractions allowed. */
  readonly rate: number;
  /** The most that can be saved up; a whole number from 1 on. The bucket starts full. */
  readonly burst: number;
  readonly clock: Clock;
}

/**
 * The exact token bucket: in any span of t seconds no more than rate × t + burst tokens are given out, whatever
 * the wall clock does, and no less than rate × t to one who always comes back when told. It counts continuously
 * on the monotonic clock, without windows and without timers of its own.
 */
export class TokenBucket implements AdjustableTokens {
  readonly #clock: Clock;
  #rate: number;
  #burst: number;
  #tokens: number;
  #countedAtMs: number;

  constructor({ rate, burst, clock }: TokenBucketOptions) {
    checkLimits(rate, burst);
    this.#clock = clock;
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#countedAtMs = clock.monotonic();
  }

  get rate(): number {
    return this.#rate;
  }

  get burst(): number {
    return this.#burst;
  }

  /** How many tokens there are now, with the fraction that is still filling up. */
  get available(): number {
    this.#refill();
    return this.#tokens;
  }

  get limits(): TokenLimits {
    return { rate: this.#rate, burst: this.#burst, available: this.available };
  }

  /** @param count at most `burst`: more could never be had at once, and is a `RangeError` */
  take(count = 1): number {
    if (count > this.#burst) throw new RangeError(`Cannot take more tokens than the burst: ${count}`);
    this.#refill();
    const missing = count - this.#tokens;
    if (missing > this.#roundingError) return this.#msFor(missing);
    this.#tokens -= count;
    return 0;
  }

  giveBack(count = 1): void {
    this.#refill();
    this.#tokens = Math.min(this.#burst, this.#tokens + count);
  }

  waitFor(count: number): number {
    this.#refill();
    return Math.max(0, this.#msFor(count - this.#tokens));
  }

  /** Changes the limits from now on; what is saved up stays, as far as the new burst holds it. */
  update({ rate = this.#rate, burst = this.#burst }: { rate?: number; burst?: number }): void {
    checkLimits(rate, burst);
    this.#refill();
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = Math.min(burst, this.#tokens);
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#countedAtMs) * this.#rate) / 1000);
    this.#countedAtMs = nowMs;
  }

  #msFor(tokens: number): number {
    return (tokens * 1000) / this.#rate;
  }

  /**
   * Who waits exactly as long as told may find the token short by a rounding error: of the tokens, and of the
   * clock, whose numbers get coarser as they grow. It is lent, not given: the balance goes below zero by as much.
   */
  get #roundingError(): number {
    const clockErrorMs = 2 * Number.EPSILON * this.#countedAtMs;
    return 1e-9 + (clockErrorMs * this.#rate) / 1000;
  }
}

function checkLimits(rate: number, burst: number): void {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`Rate is not a number above 0: ${rate}`);
  if (!(Number.isInteger(burst) && burst >= 1))
    throw new RangeError(`Burst is not a whole number from 1 on: ${burst}`);
}
