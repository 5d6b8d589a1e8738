import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { abortable, onAbort, sleep } from "../../src/async/abort.ts";
import { WakeUp } from "../../src/async/wake-up.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

const reason = new Error("enough");

describe("WakeUp.wait()", () => {
  it("ends with the next wake()", async () => {
    const wakeUp = new WakeUp();
    const waiting = wakeUp.wait();
    wakeUp.wake();
    await waiting;
  });

  it("ends at once where there was a wake() since the last wait, and takes several as one", async () => {
    const wakeUp = new WakeUp();
    wakeUp.wake();
    wakeUp.wake();
    await wakeUp.wait();
    let woken = false;
    const second = wakeUp.wait().then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
    wakeUp.wake();
    await second;
  });

  it("rejects when its signal fires, and loses no wake() afterwards", async () => {
    const wakeUp = new WakeUp();
    const abort = new AbortController();
    const waiting = wakeUp.wait({ signal: abort.signal });
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    wakeUp.wake();
    await wakeUp.wait();
  });

  it("takes its listener off", async () => {
    const wakeUp = new WakeUp();
    const { signal } = new AbortController();
    const waiting = wakeUp.wait({ signal });
    wakeUp.wake();
    await waiting;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("cannot be waited for twice at the same time", async () => {
    const wakeUp = new WakeUp();
    const first = wakeUp.wait();
    await expect(wakeUp.wait()).rejects.toThrow(TypeError);
    wakeUp.wake();
    await first;
  });
});

describe("abortable()", () => {
  it("settles as the promise does, and takes its listener off", async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(reason), signal)).rejects.toBe(reason);
    await Promise.resolve();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects as soon as the signal fires, also if it already has", async () => {
    const abort = new AbortController();
    const waiting = abortable(new Promise(() => {}), abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(abortable(Promise.resolve(1), abort.signal)).rejects.toBe(reason);
  });
});

describe("sleep()", () => {
  it("takes as long as it was told", async () => {
    const clock = new FakeClock();
    let over = false;
    const slept = sleep(clock, 100).then(() => {
      over = true;
    });
    await clock.advance(99);
    expect(over).toBe(false);
    await clock.advance(1);
    await slept;
  });

  it("rejects when its signal fires, and leaves no timer", async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const slept = sleep(clock, 100, { signal: abort.signal });
    abort.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("onAbort()", () => {
  it("calls at once where the signal has fired, once where it fires, never once it is taken off", () => {
    let calls = 0;
    const count = () => calls++;
    onAbort(AbortSignal.abort(), count);
    expect(calls).toBe(1);
    const abort = new AbortController();
    const off = onAbort(abort.signal, count);
    off();
    onAbort(abort.signal, count);
    abort.abort();
    expect(calls).toBe(2);
  });
});
