import assert from "node:assert/strict";
import type { EngineStats } from "../engine/engine.ts";
import { type EngineBenches, emptyCommit, fateOf } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** What an engine tells of itself. */
export function statsCases(benches: EngineBenches, it: Announce): void {
  it("tells which command is next, and takes nothing", async () => {
    const bench = await benches.open({ capacity: 50 });
    const queue = await bench.queue();
    assert.equal(queue.tryPeek(), undefined);
    for (const priority of ["low", "normal", "high", "critical"] as const) {
      for (let count = 0; count < 20; count++) await bench.engine.submit(bench.read({ priority }));
    }
    for (let left = 80; left > 0; left--) {
      const next = queue.tryPeek();
      assert.ok(next);
      assert.equal(queue.tryPeek(), next);
      assert.equal(queue.tryRead(), next);
      await bench.commit([next]);
    }
    assert.equal(queue.tryPeek(), undefined);
  });

  it("counts every outcome once, and an answer that is given again not at all", async () => {
    const bench = await benches.open({ capacity: 2, maxWaiters: 1 });
    const caller = bench.caller();
    const { signal } = caller;
    const first = fateOf(bench.engine.submit(bench.start({ requestId: "r1" })));
    const left = fateOf(bench.engine.submit(bench.read(), { signal }));
    await bench.settle();
    const waiting = fateOf(bench.engine.submit(bench.read()));
    const dropped = fateOf(bench.engine.submit(bench.read()));
    await bench.settle();
    assert.deepEqual(outcomesOf(bench.engine.stats()), { accepted: 2, dropped: 1 });
    caller.abort();
    await bench.applyAll();
    await Promise.all([first, left, waiting, dropped]);
    const counts = { accepted: 3, applied: 2, cancelled: 1, dropped: 1 };
    assert.deepEqual(outcomesOf(bench.engine.stats()), counts);
    assert.equal(await fateOf(bench.engine.submit(bench.start({ requestId: "r1" }))), "applied");
    assert.deepEqual(outcomesOf(bench.engine.stats()), counts);
  });

  it("counts for good: what it told before does not change", async () => {
    const bench = await benches.open();
    const before = bench.engine.stats();
    await bench.engine.submit(bench.read());
    await bench.applyAll();
    assert.deepEqual(outcomesOf(before), {});
  });

  it("tells since when the oldest command of a lane waits there", async () => {
    const bench = await benches.open({ capacity: 2 });
    const oldest = () => bench.engine.stats().lanes.map(({ oldestAcceptedAtMs }) => oldestAcceptedAtMs);
    const none = undefined;
    assert.deepEqual(oldest(), [none, none, none, none]);
    await bench.clock.advance(5);
    await bench.engine.submit(bench.read());
    await bench.clock.advance(5);
    await bench.engine.submit(bench.read());
    await bench.engine.submit(bench.read({ priority: "low" }));
    assert.deepEqual(oldest(), [none, none, 5, 10]);
    const next = (await bench.queue()).tryRead();
    assert.ok(next);
    assert.deepEqual(oldest(), [none, none, 10, 10]);
    await bench.commit([next]);
    await bench.applyAll();
    assert.deepEqual(oldest(), [none, none, none, none]);
  });

  it("settles what a leader that goes does not apply any more, and frees its request id", async () => {
    const bench = await benches.open();
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r1" })));
    const [delivery] = await bench.drain();
    assert.ok(delivery);
    const refusal = { code: "DRAINING", message: "" } as const;
    const decisions = [bench.decision(delivery, { outcome: "drained", refusal, applyTimeMs: undefined })];
    await (await bench.lease).commit({ ...emptyCommit, decisions });
    assert.equal(await fate, "drained DRAINING");
    assert.deepEqual(outcomesOf(bench.engine.stats()), { accepted: 1, drained: 1 });
    const again = fateOf(bench.engine.submit(bench.start({ requestId: "r1" })));
    await bench.applyAll();
    assert.equal(await again, "applied");
  });
}

/** The outcomes that there were. */
function outcomesOf({ outcomes }: EngineStats): Record<string, number> {
  return Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0));
}
