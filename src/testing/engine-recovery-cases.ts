import assert from "node:assert/strict";
import type { Circuit } from "../job/circuit.ts";
import { type EngineBench, type EngineBenches, fateOf, plain } from "./engine-bench.ts";
import { idsOf } from "./engine-queue-cases.ts";
import type { Announce } from "./engine-under-test.ts";

/** What an engine finds again after the last one was killed, or ended in peace. */
export function recoveryCases(benches: EngineBenches, it: Announce): void {
  it("goes on with the jobs, the epoch and the revision", async () => {
    const before = await benches.open();
    await before.commit([], 3);
    const { recovered } = await benches.recover();
    assert.equal(recovered.epoch, before.recovered.epoch);
    assert.equal(recovered.revision, 3);
    assert.deepEqual(
      recovered.jobs.map(({ status }) => [status.jobId, status.revision]),
      [["job", 3]],
    );
  });

  it("tells the changes after every revision that is kept, from before and after, without a gap", async () => {
    const before = await benches.open({ history: 4 });
    for (let batch = 0; batch < 3; batch++) await before.commit([], 2);
    const after = await benches.recover({ history: 4 });
    const { oldestCursor } = after.recovered;
    assert.equal(oldestCursor, 2);
    const reader = after.engine.changes(oldestCursor)[Symbol.asyncIterator]();
    for (let revision = 3; revision <= 6; revision++)
      assert.equal((await reader.next()).value?.revision, revision);
    await after.commit([], 1);
    assert.equal((await reader.next()).value?.revision, 7);
    await reader.return?.();
    await assert.rejects(after.engine.changes(1)[Symbol.asyncIterator]().next(), {
      name: "HistoryGoneError",
    });
  });

  it("keeps receipts, and gives an answered request the same answer", async () => {
    const before = await benches.open();
    const ticket = await before.engine.submit(before.start({ requestId: "r" }));
    await before.commit(await before.drain(), 1);
    const answer = await ticket.settled();
    const after = await benches.recover();
    assert.deepEqual(await after.engine.receipt({ commandId: answer.receipt.commandId }), answer.receipt);
    const again = await after.engine.submit(after.start({ requestId: "r" }));
    assert.equal(again.replayed, true);
    assert.deepEqual(plain(await again.settled()), plain(answer));
    assert.equal((await after.drain()).length, 0);
  });

  it("keeps runs", async () => {
    const before = await benches.open();
    await before.commit([], 1);
    const run = { runId: "run", state: "succeeded", attempt: 1, maxAttempts: 1, startTimeMs: 0 } as const;
    await (await before.lease).commit({ ...before.batch([]), runs: [{ jobId: "job", run }] });
    const after = await benches.recover();
    assert.deepEqual(plain(await after.engine.runs("job", { size: 9 })), { runs: [run] });
  });

  it("keeps the circuits of job types as the last commit that had them left them, and forgets those without trouble", async () => {
    const before = await benches.open();
    const { commit } = await before.lease;
    const open = { state: "open", failures: 3, openedMs: 7 } as const;
    const probed = { state: "half-open", failures: 3, openedMs: 7, probes: ["run"], probedMs: 9 } as const;
    const circuits = new Map<string, Circuit>([
      ["a", open],
      ["b", open],
      ["c", { state: "closed", failures: 1 }],
    ]);
    await commit({ ...before.batch([]), circuits });
    const after = new Map<string, Circuit>([
      ["a", probed],
      ["b", { state: "closed", failures: 0 }],
    ]);
    await commit({ ...before.batch([]), circuits: after });
    await before.commit([], 1);
    const { recovered } = await benches.recover();
    assert.deepEqual(Object.fromEntries(recovered.circuits), { a: probed, c: circuits.get("c") });
    assert.equal(recovered.revision, 1);
  });

  it("applies what was accepted for good and not settled, once, in its lane and order", async () => {
    const before = await benches.open();
    const commands = (["low", "high", "low", "high"] as const).map((priority) =>
      forGood(before, { priority }),
    );
    for (const command of commands) await before.engine.submit(command);
    const after = await benches.recover();
    const [low1, high1, low2, high2] = commands.map(({ commandId }) => commandId);
    const read = await after.drain();
    assert.deepEqual(idsOf(read), [high1, high2, low1, low2]);
    await after.commit(read, 1);
    const last = await benches.recover();
    assert.equal((await last.drain()).length, 0);
    assert.equal((await last.engine.receipt({ commandId: `${low1}` }))?.outcome, "applied");
  });

  it("has all that was accepted for good ahead of what comes, also where the lanes are smaller now", async () => {
    const before = await benches.open({ capacity: 4 });
    const commands = Array.from({ length: 4 }, () => forGood(before));
    for (const command of commands) await before.engine.submit(command);
    const after = await benches.recover({ capacity: 1 });
    const newcomer = after.start();
    await after.engine.submit(newcomer);
    const read = await after.drain();
    assert.deepEqual(
      idsOf(read),
      [...commands, newcomer].map(({ commandId }) => commandId),
    );
    await after.commit(read);
  });

  it("is the same command still: who asks for it again joins it, and hears how long it waited", async () => {
    const before = await benches.open();
    const command = forGood(before, { requestId: "r" });
    await before.engine.submit(command);
    await before.clock.advance(400);
    const after = await benches.recover();
    await after.clock.advance(100);
    assert.equal((await after.engine.receipt({ requestId: "r" }))?.outcome, "accepted");
    const again = await after.engine.submit(forGood(after, { requestId: "r" }));
    assert.equal(again.replayed, true);
    assert.equal(again.receipt.queueWaitMs, 500);
    const read = await after.drain();
    assert.deepEqual(idsOf(read), [command.commandId]);
    await after.commit(read);
    assert.equal((await again.settled()).receipt.commandId, command.commandId);
  });

  it("applies again what was accepted for good and taken, but not committed", async () => {
    const before = await benches.open();
    await before.engine.submit(forGood(before));
    await before.drain();
    const after = await benches.recover();
    const read = await after.drain();
    assert.equal(read.length, 1);
    await after.commit(read);
  });

  it("lets a Stop overtake the Starts that were accepted for good before", async () => {
    const before = await benches.open();
    const start = forGood(before);
    await before.engine.submit(start);
    const after = await benches.recover();
    await after.engine.submit(after.stop());
    const queue = await after.queue();
    const stop = queue.tryRead();
    assert.equal(stop?.command.kind, "stop");
    assert.deepEqual(idsOf(stop === undefined ? [] : queue.takeSuperseded(stop)), [start.commandId]);
    assert.equal(queue.tryRead(), undefined);
  });

  it("never applies what was refused, or whose caller was not told that it is accepted for good", async () => {
    const before = await benches.open({ capacity: 1, fullMode: "drop-oldest" });
    const evicted = forGood(before);
    await before.engine.submit(evicted);
    const queued = fateOf(before.engine.submit(before.start()));
    await before.settle();
    const after = await benches.recover();
    assert.equal((await after.drain()).length, 0);
    assert.equal((await after.engine.receipt(evicted))?.outcome, "evicted");
    await before.applyAll();
    assert.equal(await queued, "applied");
  });

  it("drains what waits when it ends in peace, and tells so in its next life", async () => {
    const before = await benches.open();
    const commands = [forGood(before), before.start({ requestId: "r" })];
    const fates = commands.map((command) => fateOf(before.engine.submit(command)));
    await before.settle();
    await before[Symbol.asyncDispose]();
    assert.deepEqual(await Promise.all(fates), Array(2).fill("drained DRAINING"));
    const after = await benches.recover();
    assert.equal((await after.drain()).length, 0);
    for (const command of commands) assert.equal((await after.engine.receipt(command))?.outcome, "drained");
  });
}

function forGood(bench: EngineBench, over: Parameters<EngineBench["start"]>[0] = {}) {
  return bench.start({ replyMode: "accepted", ...over });
}
