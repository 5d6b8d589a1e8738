import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { type EngineBenches, fateOf } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** A caller can go away at every point of a command's way. */
export function abortCases(benches: EngineBenches, it: Announce): void {
  it("before it submits, takes nothing in", async () => {
    const bench = await benches.open();
    const fate = await fateOf(bench.engine.submit(bench.start({ requestId: "r" }), gone));
    assert.equal(fate, "refused COMMAND_CANCELLED");
    assert.deepEqual(bench.waiting, { depth: 0, writers: 0 });
    assert.equal(await bench.engine.receipt({ requestId: "r" }), undefined);
  });

  it("at the moment it submits, takes nothing in", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r" }), caller));
    caller.abort();
    assert.match(await fate, /COMMAND_CANCELLED/);
    assert.equal((await bench.drain()).length, 0);
    bench.assertNothingLeft();
  });

  it("while it waits for room, makes place for another who waits", async () => {
    const bench = await benches.open({ capacity: 1, maxWaiters: 1 });
    await bench.engine.submit(bench.read());
    const caller = bench.caller();
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r" }), caller));
    await bench.settle();
    assert.deepEqual(bench.waiting, { depth: 1, writers: 1 });
    caller.abort();
    const next = fateOf(bench.engine.submit(bench.read()));
    assert.deepEqual(bench.waiting, { depth: 1, writers: 1 });
    assert.equal(await fate, "refused COMMAND_CANCELLED");
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
    assert.equal((await bench.applyAll()).length, 2);
    assert.equal(await next, "applied");
  });

  it("while the command is queued, makes room for one who waits for it", async () => {
    const bench = await benches.open({ capacity: 1 });
    const caller = bench.caller();
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r" }), caller));
    await bench.settle();
    const next = fateOf(bench.engine.submit(bench.start()));
    await bench.settle();
    caller.abort();
    assert.equal(await fate, "cancelled COMMAND_CANCELLED");
    assert.deepEqual(bench.waiting, { depth: 1, writers: 0 });
    assert.equal((await bench.applyAll()).length, 1);
    assert.equal(await next, "applied");
    assert.equal((await bench.engine.submit(bench.start({ requestId: "r" }))).replayed, false);
  });

  it("once the command was taken, lets it go on", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const deadlineMs = bench.clock.now() + 100;
    const fate = fateOf(bench.engine.submit(bench.start({ deadlineMs }), caller));
    const read = await bench.drain();
    bench.assertNothingLeft();
    caller.abort();
    await bench.clock.advance(1000);
    await bench.commit(read);
    assert.equal(await fate, "applied");
  });

  it("once the command was settled, changes nothing", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const ticket = await bench.engine.submit(bench.start(), caller);
    await bench.applyAll();
    bench.assertNothingLeft();
    caller.abort();
    assert.equal((await ticket.settled()).receipt.outcome, "applied");
    assert.equal(ticket.receipt.outcome, "applied");
  });

  it("when the command was accepted for good, lets it go on", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const deadlineMs = bench.clock.now() + 100;
    const ticket = await bench.engine.submit(bench.start({ replyMode: "accepted", deadlineMs }), caller);
    assert.equal(ticket.receipt.outcome, "accepted");
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
    caller.abort();
    await bench.clock.advance(1000);
    assert.equal((await bench.applyAll()).length, 1);
  });

  it("before a command could be accepted for good, takes it out all the same", async () => {
    const bench = await benches.open({ capacity: 1 });
    await bench.engine.submit(bench.read());
    const caller = bench.caller();
    const fates = [
      fateOf(bench.engine.submit(bench.start({ replyMode: "accepted" }), caller)),
      fateOf(
        bench.engine.submit(bench.start({ replyMode: "accepted", deadlineMs: bench.clock.now() + 100 })),
      ),
    ];
    await bench.settle();
    caller.abort();
    assert.equal(await fates[0], "refused COMMAND_CANCELLED");
    await bench.clock.advance(95);
    assert.equal(await fates[1], "refused COMMAND_EXPIRED");
    assert.equal((await bench.applyAll()).length, 1);
  });
}

const gone = { signal: AbortSignal.abort() };
