import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { type EngineBenches, fateOf } from "./engine-bench.ts";
import type { TestRunner } from "./engine-under-test.ts";

/** What becomes of a command, and that its caller hears it: request ids, cancellation, deadlines, the end. */
export function ticketCases(benches: EngineBenches, it: TestRunner["it"]): void {
  it("settle when the command is committed, and not before", async () => {
    const bench = await benches.open();
    let fate = "";
    const told = fateOf(bench.engine.submit(bench.start())).then((outcome) => (fate = outcome));
    const read = await bench.drain();
    assert.equal(fate, "");
    await bench.commit(read);
    await told;
    assert.equal(fate, "applied");
  });

  it("are the same for the same request id, queued or answered: one command, one answer", async () => {
    const bench = await benches.open();
    const submit = () => bench.engine.submit(bench.start({ requestId: "r" }));
    const [first, second] = await Promise.all([submit(), submit()]);
    assert.deepEqual([first.replayed, second.replayed], [false, true]);
    const read = await bench.drain();
    assert.equal(read.length, 1);
    await bench.commit(read, 1);
    const third = await submit();
    assert.equal(third.replayed, true);
    assert.deepEqual(await third.settled(), await first.settled());
    assert.deepEqual(await second.settled(), await first.settled());
    assert.equal((await bench.drain()).length, 0);
  });

  it("are refused to another request with the same id, queued or answered", async () => {
    const bench = await benches.open();
    await bench.engine.submit(bench.start({ requestId: "r" }));
    assert.equal(
      await fateOf(bench.engine.submit(bench.stop({ requestId: "r" }))),
      "refused REQUEST_ID_REUSED",
    );
    await bench.commit(await bench.drain());
    const other = bench.start({ requestId: "r", jobId: "other" });
    assert.equal(await fateOf(bench.engine.submit(other)), "refused REQUEST_ID_REUSED");
  });

  it("free the request id where the command was refused, evicted or cancelled", async () => {
    const bench = await benches.open({ capacity: 1, fullMode: "drop-oldest" });
    const evicted = fateOf(bench.engine.submit(bench.start({ requestId: "r" })));
    await bench.settle();
    await bench.engine.submit(bench.start());
    assert.equal(await evicted, "evicted COMMAND_EVICTED");
    const abort = new AbortController();
    const cancelled = fateOf(bench.engine.submit(bench.start({ requestId: "r" }), { signal: abort.signal }));
    await bench.settle();
    abort.abort();
    assert.equal(await cancelled, "cancelled COMMAND_CANCELLED");
    const again = await bench.engine.submit(bench.start({ requestId: "r" }));
    assert.equal(again.replayed, false);
  });

  it("leave the command to the callers that remain, and cancel it with the last", async () => {
    const bench = await benches.open();
    const callers = [new AbortController(), new AbortController()] as const;
    const [first, last] = callers.map(({ signal }) =>
      fateOf(bench.engine.submit(bench.start({ requestId: "r" }), { signal })),
    );
    await bench.settle();
    callers[0].abort(new Error("gone"));
    assert.equal(await first, "left Error: gone");
    assert.equal(bench.waiting.depth, 1);
    callers[1].abort();
    assert.equal(await last, "cancelled COMMAND_CANCELLED");
    assert.equal(bench.waiting.depth, 0);
  });

  it("are refused to a caller who is gone already", async () => {
    const bench = await benches.open();
    const fate = await fateOf(bench.engine.submit(bench.read(), { signal: AbortSignal.abort() }));
    assert.equal(fate, "refused COMMAND_CANCELLED");
    assert.deepEqual(bench.waiting, { depth: 0, writers: 0 });
  });

  it("tell who goes away while waiting for room, and leave nothing behind", async () => {
    const bench = await benches.open({ capacity: 1 });
    await bench.engine.submit(bench.read());
    const abort = new AbortController();
    const fate = fateOf(bench.engine.submit(bench.read(), { signal: abort.signal }));
    await bench.settle();
    assert.equal(bench.waiting.writers, 1);
    abort.abort();
    assert.equal(await fate, "refused COMMAND_CANCELLED");
    assert.deepEqual(bench.waiting, { depth: 1, writers: 0 });
    assert.equal(getEventListeners(abort.signal, "abort").length, 0);
  });

  it("stay with a command that was taken, whoever goes away", async () => {
    const bench = await benches.open();
    const abort = new AbortController();
    const fate = fateOf(bench.engine.submit(bench.start(), { signal: abort.signal }));
    const read = await bench.drain();
    assert.equal(getEventListeners(abort.signal, "abort").length, 0);
    abort.abort();
    await bench.commit(read);
    assert.equal(await fate, "applied");
  });

  it("expire a moment before the deadline: 20 ms, or a twentieth where that is less", async () => {
    for (const [deadlineMs, settledMs] of [
      [1000, 980],
      [100, 95],
    ] as const) {
      const bench = await benches.open();
      let fate = "";
      const command = bench.start({ deadlineMs: bench.clock.now() + deadlineMs });
      const told = fateOf(bench.engine.submit(command)).then((outcome) => (fate = outcome));
      await bench.clock.advance(settledMs - 1);
      assert.equal(fate, "");
      await bench.clock.advance(1);
      await told;
      assert.equal(fate, "expired COMMAND_EXPIRED");
      assert.equal((await bench.drain()).length, 0);
      assert.equal(bench.clock.pendingTimers, 0);
    }
  });

  it("have no deadline once the command is accepted for good, and no caller who could leave", async () => {
    const bench = await benches.open();
    const abort = new AbortController();
    const command = bench.start({ replyMode: "accepted", deadlineMs: bench.clock.now() + 100 });
    const ticket = await bench.engine.submit(command, { signal: abort.signal });
    assert.equal(ticket.receipt.outcome, "accepted");
    abort.abort();
    await bench.clock.advance(1000);
    assert.equal((await bench.drain()).length, 1);
  });

  it("have receipts that can be asked for by both ids, from acceptance on", async () => {
    const bench = await benches.open();
    const command = bench.start({ requestId: "r" });
    await bench.engine.submit(command);
    const ids = [{ commandId: command.commandId }, { requestId: "r" }];
    const outcomes = async () =>
      Promise.all(ids.map(async (id) => (await bench.engine.receipt(id))?.outcome));
    assert.deepEqual(await outcomes(), ["accepted", "accepted"]);
    await bench.commit(await bench.drain(), 1);
    assert.deepEqual(await outcomes(), ["applied", "applied"]);
    assert.equal(await bench.engine.receipt({ commandId: "unknown" }), undefined);
  });

  it("tell all who wait when the engine ends that their command was not applied", async () => {
    const bench = await benches.open({ capacity: 1 });
    const fates = [fateOf(bench.engine.submit(bench.start())), fateOf(bench.engine.submit(bench.start()))];
    await bench.settle();
    await bench[Symbol.asyncDispose]();
    assert.match(await (fates[0] ?? ""), /DRAINING/);
    assert.match(await (fates[1] ?? ""), /DRAINING/);
    assert.match(await fateOf(bench.engine.submit(bench.start())), /DRAINING/);
    assert.equal(bench.clock.pendingTimers, 0);
  });
}
