import type { Clock } from "../async/clock.ts";
import { RateLimiterCompatibleAbstract, RateLimiterRes } from "./rate-limiter-flexible.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface TokenBucketLimiterOptions {
  /** Names this limiter where several are joined in a `RateLimiterUnion`. */
  readonly keyPrefix?: string;
  /** Tokens a second, for each key. */
  readonly rate: number;
  /** The most that a key can save up. */
  readonly burst: number;
  readonly clock: Clock;
}

/**
 * The token bucket as a member of rate-limiter-flexible's family: one bucket a key, behind the library's own
 * interface, so that its unions, wrappers and stores fit around it. As everywhere in that library, a refusal
 * rejects with a `RateLimiterRes`, and a `msBeforeNext` of -1 means: blocked for good.
 */
export class TokenBucketLimiter extends RateLimiterCompatibleAbstract {
  readonly #options: TokenBucketLimiterOptions;
  readonly #buckets = new Map<string, TokenBucket>();
  /** Until when a key is blocked, on the monotonic clock. */
  readonly #blockedUntilMs = new Map<string, number>();
  #blockSeconds = 0;
  #sweepAt = 1024;

  constructor(options: TokenBucketLimiterOptions) {
    super();
    this.#options = options;
  }

  // The library declares these as plain fields, and implements them as accessors.
  // @ts-expect-error: an accessor where the library's types say field
  override get keyPrefix(): string {
    return this.#options.keyPrefix ?? "bucket";
  }

  /** How many seconds a key that asks for too much is refused from then on; 0: not at all. */
  // @ts-expect-error: see keyPrefix
  override get blockDuration(): number {
    return this.#blockSeconds;
  }

  override set blockDuration(seconds: number) {
    this.#blockSeconds = seconds;
  }

  /** A bucket gives evenly by itself. */
  // @ts-expect-error: see keyPrefix
  override get execEvenly(): boolean {
    return false;
  }

  override set execEvenly(_evenly: boolean) {
    throw new TypeError("A token bucket cannot spread its tokens evenly: set its burst to 1");
  }

  /** The bucket of a key, for one who would rather not wait for promises. */
  bucket(key: string | number): TokenBucket {
    const name = String(key);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      this.#sweep();
      const { rate, burst, clock } = this.#options;
      bucket = new TokenBucket({ rate, burst, clock });
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  override async consume(key: string | number, points = 1): Promise<RateLimiterRes> {
    const bucket = this.bucket(key);
    const blockedMs = this.#blockedMs(key);
    if (blockedMs > 0) throw blocked(bucket, blockedMs);
    const isFirst = bucket.available >= bucket.burst;
    const waitMs = points > bucket.burst ? Number.POSITIVE_INFINITY : bucket.take(points);
    if (waitMs === 0) return result(bucket, waitMs, isFirst);
    if (this.#blockSeconds > 0) throw await this.block(key, this.#blockSeconds);
    throw result(bucket, waitMs, isFirst);
  }

  /** Takes points away, as far as there are any. */
  override async penalty(key: string | number, points = 1): Promise<RateLimiterRes> {
    const bucket = this.bucket(key);
    bucket.take(Math.min(points, Math.max(0, bucket.available)));
    return result(bucket);
  }

  override async reward(key: string | number, points = 1): Promise<RateLimiterRes> {
    const bucket = this.bucket(key);
    bucket.giveBack(points);
    return result(bucket);
  }

  override async get(key: string | number): Promise<RateLimiterRes | null> {
    const bucket = this.#buckets.get(String(key));
    if (bucket === undefined) return null;
    const blockedMs = this.#blockedMs(key);
    return blockedMs > 0 ? blocked(bucket, blockedMs) : result(bucket);
  }

  /** Sets how much of a key's burst is used up, and blocks it for `seconds` where that is more than all of it. */
  override async set(key: string | number, points: number, seconds: number): Promise<RateLimiterRes> {
    await this.delete(key);
    const bucket = this.bucket(key);
    bucket.take(Math.min(points, bucket.burst));
    return points > bucket.burst ? this.block(key, seconds) : result(bucket);
  }

  /** Refuses a key for so many seconds; 0: for good, as everywhere in that library. */
  override async block(key: string | number, seconds: number): Promise<RateLimiterRes> {
    const blockedMs = seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
    const bucket = this.bucket(key);
    this.#blockedUntilMs.set(String(key), this.#options.clock.monotonic() + blockedMs);
    return blocked(bucket, blockedMs);
  }

  override async delete(key: string | number): Promise<boolean> {
    const blocked = this.#blockedUntilMs.delete(String(key));
    return this.#buckets.delete(String(key)) || blocked;
  }

  #blockedMs(key: string | number): number {
    const untilMs = this.#blockedUntilMs.get(String(key)) ?? 0;
    return Math.max(0, untilMs - this.#options.clock.monotonic());
  }

  /** A full bucket is as good as none, so memory stays in proportion to the keys that are in use. */
  #sweep(): void {
    if (this.#buckets.size < this.#sweepAt) return;
    for (const [key, bucket] of this.#buckets) {
      if (bucket.available >= bucket.burst && this.#blockedMs(key) === 0) this.#buckets.delete(key);
    }
    for (const key of this.#blockedUntilMs.keys())
      if (this.#blockedMs(key) === 0) this.#blockedUntilMs.delete(key);
    this.#sweepAt = Math.max(1024, this.#buckets.size * 2);
  }
}

/** What there is for a key. `waitMs`: until what was asked for can be had; by default, until one point can. */
function result(bucket: TokenBucket, waitMs = bucket.waitFor(1), isFirst = false): RateLimiterRes {
  const remaining = Math.max(0, Math.floor(bucket.available));
  return new RateLimiterRes(remaining, msBeforeNext(waitMs), bucket.burst - remaining, isFirst);
}

function blocked(bucket: TokenBucket, waitMs: number): RateLimiterRes {
  return new RateLimiterRes(0, msBeforeNext(waitMs), bucket.burst, false);
}

function msBeforeNext(waitMs: number): number {
  return waitMs === Number.POSITIVE_INFINITY ? -1 : Math.ceil(waitMs);
}
