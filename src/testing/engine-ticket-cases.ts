import assert from "node:assert/strict";
import type { StartCommand } from "../job/command.ts";
import { type EngineBenches, emptyCommit, fateOf, plain } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** What becomes of a command, and that its caller hears it: request ids, deadlines, receipts. */
export function ticketCases(benches: EngineBenches, it: Announce): void {
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
    assert.deepEqual(plain(await third.settled()), plain(await first.settled()));
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

  it("tell their wait for a token as the leader has explained it, as long as he has not taken the command", async () => {
    const bench = await benches.open();
    const first = bench.start();
    const second = bench.start({ deadlineMs: bench.clock.now() + 200 });
    const caller = bench.caller();
    const lease = await bench.lease;
    lease.explainWaits(({ command }) => (command.commandId === first.commandId ? 60 : 0));
    const told = bench.engine.submit(first, caller).then((ticket) => ticket.settled());
    const expires = bench.engine.submit(second).then((ticket) => ticket.settled());
    await bench.settle();
    await bench.clock.advance(100);
    const queued = await bench.engine.receipt({ commandId: first.commandId });
    assert.deepEqual([queued?.queueWaitMs, queued?.tokenWaitMs], [40, 60]);
    caller.abort();
    const { receipt } = await told;
    assert.deepEqual([receipt.outcome, receipt.queueWaitMs, receipt.tokenWaitMs], ["cancelled", 40, 60]);
    await bench.clock.advance(100);
    const late = (await expires).receipt;
    assert.deepEqual([late.outcome, late.tokenWaitMs], ["expired", 0]);
  });

  it("tell their wait for a token also where a full lane throws the command out", async () => {
    const bench = await benches.open({ capacity: 1, fullMode: "drop-oldest" });
    (await bench.lease).explainWaits(() => 60);
    const evicted = bench.start();
    const fate = fateOf(bench.engine.submit(evicted));
    await bench.settle();
    await bench.clock.advance(100);
    await bench.engine.submit(bench.start());
    assert.equal(await fate, "evicted COMMAND_EVICTED");
    const receipt = await bench.engine.receipt({ commandId: evicted.commandId });
    assert.deepEqual([receipt?.queueWaitMs, receipt?.tokenWaitMs], [40, 60]);
  });

  it("free the request id where the command was refused, evicted or cancelled", async () => {
    const bench = await benches.open({ capacity: 1, fullMode: "drop-oldest" });
    const submit = (over: Partial<StartCommand> = {}) =>
      bench.engine.submit(bench.start({ requestId: "r", ...over }), caller);
    const caller = bench.caller();
    const evicted = fateOf(submit());
    await bench.settle();
    await bench.engine.submit(bench.start());
    assert.equal(await evicted, "evicted COMMAND_EVICTED");
    const expired = fateOf(submit({ deadlineMs: bench.clock.now() + 100 }));
    await bench.settle();
    await bench.clock.advance(100);
    assert.equal(await expired, "expired COMMAND_EXPIRED");
    const cancelled = fateOf(submit());
    await bench.settle();
    caller.abort();
    assert.equal(await cancelled, "cancelled COMMAND_CANCELLED");
    const again = await bench.engine.submit(bench.start({ requestId: "r" }));
    assert.equal(again.replayed, false);
  });

  it("free the request id where a Stop superseded the command, or there was no room for it", async () => {
    const bench = await benches.open({ capacity: 1, fullMode: "drop-write" });
    const submit = () => bench.engine.submit(bench.start({ requestId: "r" }));
    const superseded = fateOf(submit());
    const refusal = { code: "COMMAND_SUPERSEDED", message: "" } as const;
    const decisions = (await bench.drain()).map((start) =>
      bench.decision(start, { outcome: "superseded", refusal }),
    );
    await (await bench.lease).commit({ ...emptyCommit, decisions });
    assert.equal(await superseded, "superseded COMMAND_SUPERSEDED");
    await bench.engine.submit(bench.start());
    assert.equal(await fateOf(submit()), "refused CHANNEL_FULL");
    await bench.applyAll();
    assert.equal((await submit()).replayed, false);
  });

  it("keep the request id of a command that was rejected: the retry hears the same", async () => {
    const bench = await benches.open();
    const submit = () => bench.engine.submit(bench.start({ requestId: "r" }));
    const first = await submit();
    const refusal = { code: "WRONG_STATE", message: "" } as const;
    const decisions = (await bench.drain()).map((start) =>
      bench.decision(start, { outcome: "rejected", refusal }),
    );
    await (await bench.lease).commit({ ...emptyCommit, decisions });
    const second = await submit();
    assert.equal(second.replayed, true);
    assert.deepEqual(plain(await second.settled()), plain(await first.settled()));
  });

  it("replay an answer to a retry with another deadline, peer and command id", async () => {
    const bench = await benches.open();
    const first = await bench.engine.submit(bench.start({ requestId: "r", requestedBy: "one" }));
    await bench.applyAll();
    const deadlineMs = bench.clock.now() + 1000;
    const retry = bench.start({ requestId: "r", requestedBy: "two", deadlineMs });
    const answer = await (await bench.engine.submit(retry)).settled();
    assert.deepEqual(plain(answer), plain(await first.settled()));
  });

  it("expire a moment before the deadline: 20 ms, or a twentieth where that is less", async () => {
    for (const [deadlineMs, settledMs] of [
      [1000, 980],
      [100, 95],
    ] as const) {
      const bench = await benches.open();
      let fate = "";
      bench.clock.jump(-500);
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

  it("refuse a command whose deadline has passed already", async () => {
    const bench = await benches.open();
    const fate = await fateOf(bench.engine.submit(bench.start({ deadlineMs: bench.clock.now() })));
    assert.equal(fate, "refused COMMAND_EXPIRED");
    assert.equal((await bench.drain()).length, 0);
  });

  it("have receipts that can be asked for by both ids, from acceptance on", async () => {
    const bench = await benches.open();
    const command = bench.start({ requestId: "r" });
    const submitted = bench.engine.submit(command);
    assert.equal(await bench.engine.receipt({ commandId: command.commandId }), undefined);
    await submitted;
    const ids = [{ commandId: command.commandId }, { requestId: "r" }];
    const outcomes = async () =>
      Promise.all(ids.map(async (id) => (await bench.engine.receipt(id))?.outcome));
    assert.deepEqual(await outcomes(), ["accepted", "accepted"]);
    const read = await bench.drain();
    assert.deepEqual(await outcomes(), ["accepted", "accepted"]);
    await bench.commit(read, 1);
    assert.deepEqual(await outcomes(), ["applied", "applied"]);
    assert.equal(await bench.engine.receipt({ commandId: "unknown" }), undefined);
  });
}
