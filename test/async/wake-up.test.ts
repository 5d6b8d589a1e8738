import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WakeUp } from "../../src/async/wake-up.ts";

const reason = new Error("enough");

/** Whether a promise has settled after all that can happen at once. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const turn = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([promise.catch(() => {}), turn])) === pending;
}

describe("WakeUp.wait()", () => {
  it("ends with the next wake(), and not before", async () => {
    const wakeUp = new WakeUp();
    const waiting = wakeUp.wait();
    expect(await isPending(waiting)).toBe(true);
    wakeUp.wake();
    await waiting;
  });

  it("ends at once where there was a wake() since the last wait, and takes several as one", async () => {
    const wakeUp = new WakeUp();
    wakeUp.wake();
    wakeUp.wake();
    await wakeUp.wait();
    const second = wakeUp.wait();
    expect(await isPending(second)).toBe(true);
    wakeUp.wake();
    await second;
  });

  it("spends the wake() that ended it: the next wait needs another", async () => {
    const wakeUp = new WakeUp();
    const first = wakeUp.wait();
    wakeUp.wake();
    await first;
    expect(await isPending(wakeUp.wait())).toBe(true);
  });

  it("never loses a wake-up: who looks at the state before each wait sees the last of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 20 }), async (scheduler, posts) => {
        const wakeUp = new WakeUp();
        let posted = 0;
        let seen = 0;
        for (let count = 0; count < posts; count++) {
          void scheduler.schedule(Promise.resolve()).then(() => {
            posted++;
            wakeUp.wake();
          });
        }
        const reading = (async () => {
          while (seen < posts) {
            await scheduler.schedule(Promise.resolve());
            seen = posted;
            if (seen < posts) await wakeUp.wait();
          }
        })();
        await scheduler.waitFor(reading);
        expect(seen).toBe(posts);
      }),
    );
  });

  it("rejects when its signal fires, and a wake() afterwards counts for the next wait", async () => {
    const wakeUp = new WakeUp();
    const abort = new AbortController();
    const waiting = wakeUp.wait({ signal: abort.signal });
    abort.abort(reason);
    wakeUp.wake();
    await expect(waiting).rejects.toBe(reason);
    await wakeUp.wait();
  });

  it("looks at its signal first, and spends no wake() then", async () => {
    const wakeUp = new WakeUp();
    wakeUp.wake();
    await expect(wakeUp.wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await wakeUp.wait();
  });

  it("keeps the first end: an abort after the wake() changes nothing", async () => {
    const wakeUp = new WakeUp();
    const abort = new AbortController();
    const waiting = wakeUp.wait({ signal: abort.signal });
    wakeUp.wake();
    abort.abort(reason);
    await waiting;
    expect(await isPending(wakeUp.wait())).toBe(true);
  });

  it("takes its listener off on every path", async () => {
    const wakeUp = new WakeUp();
    const abort = new AbortController();
    const first = wakeUp.wait({ signal: abort.signal });
    wakeUp.wake();
    await first;
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
    const second = wakeUp.wait({ signal: abort.signal });
    abort.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  it("cannot be waited for twice at the same time; the first wait goes on", async () => {
    const wakeUp = new WakeUp();
    const first = wakeUp.wait();
    await expect(wakeUp.wait()).rejects.toThrow(TypeError);
    wakeUp.wake();
    await first;
  });
});
