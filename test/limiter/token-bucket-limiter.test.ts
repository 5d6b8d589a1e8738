import {
  RateLimiterMemory,
  RateLimiterRes,
  RateLimiterUnion,
  RLWrapperBlackAndWhite,
} from "rate-limiter-flexible";
import { describe, expect, it } from "vitest";
import { TokenBucketLimiter } from "../../src/limiter/token-bucket-limiter.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

function setup(over: Partial<ConstructorParameters<typeof TokenBucketLimiter>[0]> = {}) {
  const clock = new FakeClock();
  return { clock, limiter: new TokenBucketLimiter({ rate: 10, burst: 3, clock, ...over }) };
}

describe("TokenBucketLimiter.consume()", () => {
  it("resolves with what is left of the key's burst", async () => {
    const { limiter } = setup();
    const result = await limiter.consume("client", 2);
    expect(result).toBeInstanceOf(RateLimiterRes);
    expect(result).toMatchObject({ remainingPoints: 1, consumedPoints: 2, msBeforeNext: 0 });
  });

  it("rejects with the time until it can be had, as everywhere in the library", async () => {
    const { limiter, clock } = setup();
    await limiter.consume("client", 3);
    const refused: unknown = await limiter.consume("client").catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(RateLimiterRes);
    expect(refused).toMatchObject({ remainingPoints: 0, msBeforeNext: 100 });
    await clock.advance(100);
    await expect(limiter.consume("client")).resolves.toBeInstanceOf(RateLimiterRes);
  });

  it("counts each key for itself", async () => {
    const { limiter } = setup();
    await limiter.consume("one", 3);
    await expect(limiter.consume("two", 3)).resolves.toMatchObject({ remainingPoints: 0 });
  });

  it("says -1 where so many can never be had", async () => {
    const { limiter } = setup();
    await expect(limiter.consume("client", 4)).rejects.toMatchObject({
      msBeforeNext: -1,
      remainingPoints: 3,
    });
  });

  it("tells whether a key had used nothing before", async () => {
    const { limiter } = setup();
    await expect(limiter.consume("client")).resolves.toMatchObject({ isFirstInDuration: true });
    await expect(limiter.consume("client")).resolves.toMatchObject({ isFirstInDuration: false });
  });

  it("is not moved by jumps of the wall clock", async () => {
    const { limiter, clock } = setup();
    await limiter.consume("client", 3);
    clock.jump(3_600_000);
    await expect(limiter.consume("client")).rejects.toMatchObject({ msBeforeNext: 100 });
    clock.jump(-7_200_000);
    await clock.advance(100);
    await expect(limiter.consume("client")).resolves.toBeInstanceOf(RateLimiterRes);
  });

  it("blocks a key that asks for too much, where that was asked for", async () => {
    const { limiter, clock } = setup();
    limiter.blockDuration = 60;
    await limiter.consume("client", 3);
    await expect(limiter.consume("client")).rejects.toMatchObject({ msBeforeNext: 60_000 });
    await clock.advance(59_999);
    await expect(limiter.consume("client")).rejects.toMatchObject({ msBeforeNext: 1 });
    await clock.advance(1);
    await expect(limiter.consume("client")).resolves.toBeInstanceOf(RateLimiterRes);
  });
});

describe("TokenBucketLimiter, in its family", () => {
  it("joins a union: all of its limiters must agree", async () => {
    const { limiter } = setup({ keyPrefix: "bucket" });
    const windowed = new RateLimiterMemory({ points: 100, duration: 60, keyPrefix: "window" });
    const union = new RateLimiterUnion(limiter, windowed);
    await expect(union.consume("client", 3)).resolves.toMatchObject({ bucket: { remainingPoints: 0 } });
    await expect(union.consume("client")).rejects.toMatchObject({ bucket: { msBeforeNext: 100 } });
  });

  it("can be wrapped in black and white lists", async () => {
    const { limiter } = setup();
    const lists = {
      whiteList: ["friend"],
      blackList: ["foe"],
      isWhiteListed: () => false,
      isBlackListed: () => false,
    };
    const wrapped = new RLWrapperBlackAndWhite({ limiter, runActionAnyway: false, ...lists });
    await expect(wrapped.consume("foe")).rejects.toMatchObject({ remainingPoints: 0 });
    for (let count = 0; count < 10; count++) await wrapped.consume("friend");
    await wrapped.consume("anyone", 3);
    await expect(wrapped.consume("anyone")).rejects.toMatchObject({ msBeforeNext: 100 });
  });

  it("takes and gives points by penalty and reward", async () => {
    const { limiter } = setup();
    await expect(limiter.penalty("client", 2)).resolves.toMatchObject({ remainingPoints: 1 });
    await expect(limiter.reward("client")).resolves.toMatchObject({ remainingPoints: 2 });
    await expect(limiter.penalty("client", 100)).resolves.toMatchObject({ remainingPoints: 0 });
  });

  it("tells of a key, sets it, and forgets it", async () => {
    const { limiter } = setup();
    expect(await limiter.get("client")).toBeNull();
    await limiter.set("client", 2, 0);
    expect(await limiter.get("client")).toMatchObject({ remainingPoints: 1 });
    expect(await limiter.delete("client")).toBe(true);
    expect(await limiter.delete("client")).toBe(false);
    expect(await limiter.get("client")).toBeNull();
  });

  it("refuses a key that was blocked, for as long as it is", async () => {
    const { limiter, clock } = setup();
    await limiter.block("client", 5);
    await expect(limiter.consume("client")).rejects.toMatchObject({ msBeforeNext: 5000 });
    await clock.advance(5000);
    await expect(limiter.consume("client")).resolves.toBeInstanceOf(RateLimiterRes);
  });

  it("shows nothing left for a key that is blocked, and when that ends", async () => {
    const { limiter, clock } = setup();
    await limiter.block("client", 5);
    await clock.advance(1000);
    expect(await limiter.get("client")).toMatchObject({ remainingPoints: 0, msBeforeNext: 4000 });
  });

  it("blocks for good with 0 seconds, as everywhere in the library, until the key is deleted", async () => {
    const { limiter, clock } = setup();
    await expect(limiter.block("client", 0)).resolves.toMatchObject({ msBeforeNext: -1 });
    await clock.advance(1_000_000_000);
    await expect(limiter.consume("client")).rejects.toMatchObject({ msBeforeNext: -1, remainingPoints: 0 });
    await limiter.delete("client");
    await expect(limiter.consume("client")).resolves.toBeInstanceOf(RateLimiterRes);
  });

  it("tells by get() when the next point can be had", async () => {
    const { limiter, clock } = setup();
    await limiter.consume("client", 3);
    await clock.advance(40);
    expect(await limiter.get("client")).toMatchObject({ remainingPoints: 0, msBeforeNext: 60 });
  });

  it("blocks a key that set() uses up beyond its burst", async () => {
    const { limiter } = setup();
    await expect(limiter.set("client", 4, 60)).resolves.toMatchObject({ msBeforeNext: 60_000 });
    await expect(limiter.consume("client")).rejects.toMatchObject({ msBeforeNext: 60_000 });
    await limiter.set("client", 0, 60);
    await expect(limiter.consume("client", 3)).resolves.toMatchObject({ remainingPoints: 0 });
  });

  it("rewards no more than a burst holds", async () => {
    const { limiter } = setup();
    await expect(limiter.reward("client", 100)).resolves.toMatchObject({ remainingPoints: 3 });
  });

  it("cannot spread its points evenly: it does so by itself", () => {
    const { limiter } = setup();
    expect(limiter.execEvenly).toBe(false);
    expect(() => {
      limiter.execEvenly = true;
    }).toThrow(TypeError);
  });

  it("remembers a block longer than a key that is full again", async () => {
    const { limiter, clock } = setup();
    await limiter.block("blocked", 3600);
    for (let key = 0; key < 3000; key++) {
      await limiter.consume(key);
      await clock.advance(1);
    }
    expect(await limiter.get("blocked")).toMatchObject({ msBeforeNext: 3_597_000 });
    await expect(limiter.consume("blocked")).rejects.toMatchObject({ remainingPoints: 0 });
  });

  it("remembers only keys that are in use", async () => {
    const { limiter, clock } = setup();
    for (let key = 0; key < 5000; key++) {
      await limiter.consume(key);
      await clock.advance(1);
    }
    const known = await Promise.all(Array.from({ length: 5000 }, (_, key) => limiter.get(key)));
    expect(known.filter((result) => result !== null).length).toBeLessThan(2500);
  });
});
