import { describe, expect, it } from "vitest";
import { LoopTurn } from "../../src/async/loop-turn.ts";
import { Sweeper } from "../../src/control/sweeper.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

/** A sweeper, and what it does: `sweeps` in order, each to be ended by the test. */
function setup() {
  const clock = new FakeClock();
  const disposing = new AbortController();
  const sweeps: (PromiseWithResolvers<void> & { readonly atMs: number })[] = [];
  const failures: unknown[] = [];
  let freed = 0;
  const sweeper = new Sweeper({
    supervisor: {
      postExpired: () => {
        const sweep = { ...Promise.withResolvers<void>(), atMs: clock.monotonic() };
        sweeps.push(sweep);
        return sweep.promise;
      },
      postFreeSlots: () => {
        freed++;
      },
    },
    clock,
    turn: new LoopTurn(clock),
    signal: disposing.signal,
    onFailed: (error) => failures.push(error),
  });
  return { clock, disposing, sweeps, failures, sweeper, freed: () => freed };
}

describe("Sweeper", () => {
  it("looks at once, and then every ten seconds", async () => {
    const { clock, sweeps, sweeper, freed } = setup();
    sweeper.start();
    for (let sweep = 0; sweep < 3; sweep++) {
      sweeps[sweep]?.resolve();
      await clock.advance(10_000);
    }
    expect(sweeps.map(({ atMs }) => atMs)).toEqual([0, 10_000, 20_000, 30_000]);
    expect(freed()).toBe(4);
  });

  it("tells what a sweep fails with", async () => {
    const { clock, sweeps, failures, sweeper } = setup();
    sweeper.start();
    const error = new Error("a fault of our own");
    sweeps[0]?.reject(error);
    await clock.advance(0);
    expect(failures).toEqual([error]);
  });

  it("does not begin where it is too late, and leaves no timer", async () => {
    const { clock, disposing, sweeps, sweeper } = setup();
    disposing.abort();
    sweeper.start();
    expect([sweeps.length, clock.pendingTimers]).toEqual([0, 0]);
    await sweeper[Symbol.asyncDispose]();
  });

  it("is disposed of once the sweep that goes on has left off, which is no failure", async () => {
    const { clock, disposing, sweeps, failures, sweeper } = setup();
    sweeper.start();
    disposing.abort();
    let isDisposed = false;
    const disposed = sweeper[Symbol.asyncDispose]().then(() => {
      isDisposed = true;
    });
    await clock.advance(20_000);
    expect([isDisposed, sweeps.length, clock.pendingTimers]).toEqual([false, 1, 0]);
    sweeps[0]?.reject(disposing.signal.reason);
    await disposed;
    expect(failures).toEqual([]);
  });
});
