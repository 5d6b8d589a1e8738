import assert from "node:assert/strict";
import { type EngineBench, type EngineBenches, fateOf } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** Several calls for one command: what they share, and what each has for itself. */
export function joinCases(benches: EngineBenches, it: Announce): void {
  it("is one command with one answer, however many ask", async () => {
    const bench = await benches.open();
    const tickets = await Promise.all(Array.from({ length: 5 }, () => bench.engine.submit(request(bench))));
    assert.deepEqual(
      tickets.map(({ replayed }) => replayed),
      [false, true, true, true, true],
    );
    assert.equal((await bench.applyAll()).length, 1);
    const [first, ...others] = await Promise.all(tickets.map((ticket) => ticket.settled()));
    for (const other of others) assert.deepEqual(other, first);
  });

  it("accepts those who join no earlier than the command", async () => {
    const bench = await benches.open({ capacity: 1 });
    await bench.engine.submit(bench.read());
    let accepted = 0;
    const submit = () => bench.engine.submit(request(bench)).finally(() => accepted++);
    const tickets = [submit(), submit()];
    await bench.settle();
    assert.equal(accepted, 0);
    assert.deepEqual(bench.waiting, { depth: 1, writers: 1 });
    await bench.applyAll();
    await Promise.all(tickets);
  });

  it("lets one leave while it waits for room, without disturbing the other", async () => {
    const bench = await benches.open({ capacity: 1 });
    await bench.engine.submit(bench.read());
    const [first, second] = [bench.caller(), bench.caller()];
    const left = fateOf(bench.engine.submit(request(bench), first));
    const stays = fateOf(bench.engine.submit(request(bench), second));
    await bench.settle();
    first.abort(new Error("gone"));
    assert.equal(await left, "left Error: gone");
    assert.deepEqual(bench.waiting, { depth: 1, writers: 1 });
    await bench.applyAll();
    assert.equal(await stays, "applied");
  });

  it("lets one leave while it is queued, and cancels the command with the last", async () => {
    const bench = await benches.open();
    const [first, last] = [bench.caller(), bench.caller()];
    const tickets = [bench.engine.submit(request(bench), first), bench.engine.submit(request(bench), last)];
    const fates = tickets.map(fateOf);
    await bench.settle();
    last.abort(new Error("gone"));
    assert.equal(await fates[1], "left Error: gone");
    assert.equal(bench.waiting.depth, 1);
    first.abort();
    assert.equal(await fates[0], "cancelled COMMAND_CANCELLED");
    assert.equal(bench.waiting.depth, 0);
    assert.equal((await bench.engine.submit(request(bench))).replayed, false);
  });

  it("lets go of one who leaves, also of the time he had", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const stays = await bench.engine.submit(request(bench));
    const leaves = await bench.engine.submit(request(bench, bench.clock.now() + 1000), caller);
    caller.abort(new Error("gone"));
    assert.equal(bench.clock.pendingTimers, 0);
    await assert.rejects(leaves.settled(), /gone/);
    await bench.applyAll();
    assert.equal((await stays.settled()).receipt.outcome, "applied");
    await assert.rejects(leaves.settled(), /gone/);
  });

  it("gives the command as much time as the caller with the most", async () => {
    const bench = await benches.open();
    const deadlineMs = bench.clock.now() + 100;
    let short = "";
    const hurried = bench.caller();
    void fateOf(bench.engine.submit(request(bench, deadlineMs), hurried)).then((fate) => (short = fate));
    const patient = fateOf(bench.engine.submit(request(bench)));
    await bench.settle();
    await bench.clock.advance(99);
    assert.equal(short, "");
    hurried.abort(new Error("deadline"));
    await bench.clock.advance(1000);
    assert.equal(short, "left Error: deadline");
    assert.equal(bench.waiting.depth, 1);
    await bench.applyAll();
    assert.equal(await patient, "applied");
  });

  it("ends the command in time for the last deadline, whoever brought it in", async () => {
    const bench = await benches.open();
    const told: string[] = [];
    for (const deadlineMs of [100, 1000]) {
      const fate = fateOf(bench.engine.submit(request(bench, bench.clock.now() + deadlineMs)));
      void fate.then((outcome) => told.push(outcome));
    }
    await bench.settle();
    await bench.clock.advance(979);
    assert.deepEqual(told, []);
    await bench.clock.advance(1);
    assert.deepEqual(told, Array(2).fill("expired COMMAND_EXPIRED"));
  });

  it("ends the command at once where only a caller remains whose time is up", async () => {
    const bench = await benches.open();
    const patient = bench.caller();
    const hurried = fateOf(bench.engine.submit(request(bench, bench.clock.now() + 100)));
    const left = fateOf(bench.engine.submit(request(bench), patient));
    await bench.settle();
    await bench.clock.advance(95);
    assert.equal(bench.waiting.depth, 1);
    patient.abort(new Error("gone"));
    assert.equal(await left, "left Error: gone");
    assert.equal(await hurried, "expired COMMAND_EXPIRED");
  });

  it("settles who joins a command that was taken with it, whatever time they had", async () => {
    const bench = await benches.open();
    const first = fateOf(bench.engine.submit(request(bench)));
    const read = await bench.drain();
    const caller = bench.caller();
    const joined = fateOf(bench.engine.submit(request(bench, bench.clock.now() + 100), caller));
    await bench.clock.advance(1000);
    caller.abort();
    await bench.commit(read);
    assert.deepEqual(await Promise.all([first, joined]), ["applied", "applied"]);
  });
}

function request(bench: EngineBench, deadlineMs?: number) {
  return bench.start({ requestId: "r", deadlineMs });
}
