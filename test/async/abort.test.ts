import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { abortable, onAbort, sleep } from "../../src/async/abort.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

const reason = new Error("enough");

describe("abortable()", () => {
  it("settles as the promise does, and takes its listener off", async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(reason), signal)).rejects.toBe(reason);
    await Promise.resolve();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("settles as the promise does without a signal", async () => {
    expect(await abortable(Promise.resolve(1), undefined)).toBe(1);
  });

  it("rejects as soon as the signal fires, and takes its listener off", async () => {
    const abort = new AbortController();
    const waiting = abortable(new Promise(() => {}), abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  it("looks at the signal before the promise", async () => {
    const aborted = AbortSignal.abort(reason);
    await expect(abortable(Promise.resolve(1), aborted)).rejects.toBe(reason);
    await expect(abortable(Promise.reject(new Error("other")), aborted)).rejects.toBe(reason);
  });

  it("keeps the first end: an abort after the promise settled changes nothing", async () => {
    const abort = new AbortController();
    const waiting = abortable(Promise.resolve(1), abort.signal);
    await Promise.resolve();
    abort.abort(reason);
    expect(await waiting).toBe(1);
  });

  it("raises no unhandled rejection where the promise fails after the abort", async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", listener);
    const abort = new AbortController();
    const { promise, reject } = Promise.withResolvers<void>();
    const waiting = abortable(promise, abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    reject(new Error("too late"));
    await new FakeClock().advance(0);
    process.off("unhandledRejection", listener);
    expect(unhandled).toEqual([]);
  });
});

describe("sleep()", () => {
  it("takes as long as it was told, and takes its listener off", async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    let over = false;
    const slept = sleep(clock, 100, { signal }).then(() => {
      over = true;
    });
    await clock.advance(99);
    expect(over).toBe(false);
    await clock.advance(1);
    await slept;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects when its signal fires, and leaves no timer", async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const slept = sleep(clock, 100, { signal: abort.signal });
    abort.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it("sets no timer where the signal has fired already", async () => {
    const clock = new FakeClock();
    await expect(sleep(clock, 100, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("onAbort()", () => {
  it("calls once, when the signal fires", () => {
    const abort = new AbortController();
    let calls = 0;
    onAbort(abort.signal, () => calls++);
    expect(calls).toBe(0);
    abort.abort();
    expect(calls).toBe(1);
  });

  it("calls at once where the signal has fired", () => {
    let calls = 0;
    onAbort(AbortSignal.abort(), () => calls++);
    expect(calls).toBe(1);
  });

  it("never calls once it is taken off", () => {
    const abort = new AbortController();
    const off = onAbort(abort.signal, () => expect.unreachable());
    off();
    off();
    abort.abort();
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  it("never calls without a signal", () => {
    onAbort(undefined, () => expect.unreachable())();
  });
});
