import assert from "node:assert/strict";
import type { Delivery } from "../engine/engine.ts";
import type { Priority } from "../job/command.ts";
import { type EngineBenches, fateOf } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** In which order commands come out, and for whom. */
export function queueCases(benches: EngineBenches, it: Announce): void {
  it("is first in, first out inside one priority", async () => {
    const bench = await benches.open();
    const commands = [bench.read(), bench.read(), bench.read()];
    for (const command of commands) await bench.engine.submit(command);
    assert.deepEqual(idsOf(await bench.drain()), idsOf(commands.map((command) => ({ command }))));
  });

  it("gives the best priority first", async () => {
    const bench = await benches.open();
    for (const priority of ["low", "normal", "high", "critical"] as const)
      await bench.engine.submit(bench.read({ priority }));
    assert.deepEqual(prioritiesOf(await bench.drain()), ["critical", "high", "normal", "low"]);
  });

  it("gives a lower lane a turn after eight in a row, so that none starves", async () => {
    const bench = await benches.open({ capacity: 100 });
    for (const priority of ["low", "normal", "high", "critical"] as const) {
      for (let count = 0; count < 100; count++) await bench.engine.submit(bench.read({ priority }));
    }
    const order = prioritiesOf(await bench.drain());
    assert.equal(order.length, 400);
    assert.deepEqual(order.slice(0, 18), [
      ...[...Array(8).fill("critical"), "high"],
      ...[...Array(8).fill("critical"), "high"],
    ]);
    const longestRun = /(c{9}|h{9}|n{9})./.exec(order.map((priority) => priority[0]).join(""));
    assert.equal(longestRun, null, "nine in a row while a lower lane waits");
  });

  it("wakes who waits to read", async () => {
    const bench = await benches.open();
    const waiting = (await bench.queue()).waitToRead();
    await bench.engine.submit(bench.read());
    assert.equal(await waiting, true);
  });

  it("wakes who waits for several once there are so many, in whichever lanes", async () => {
    const bench = await benches.open({ capacity: 100 });
    let woken = false;
    const waiting = (await bench.queue()).waitToRead({ atLeast: 3 }).finally(() => (woken = true));
    for (const priority of ["low", "high"] as const) await bench.engine.submit(bench.read({ priority }));
    await bench.clock.advance(0);
    assert.equal(woken, false);
    await bench.engine.submit(bench.read());
    assert.equal(await waiting, true);
    assert.equal((await bench.drain()).length, 3);
  });

  it("wakes who waits for more than there is room for, as soon as a lane is full", async () => {
    const bench = await benches.open({ capacity: 2 });
    const waiting = (await bench.queue()).waitToRead({ atLeast: 100 });
    for (let count = 0; count < 2; count++) await bench.engine.submit(bench.read());
    assert.equal(await waiting, true);
  });

  it("loses no command when a wait to read is aborted", async () => {
    const bench = await benches.open();
    const abort = new AbortController();
    const waiting = (await bench.queue()).waitToRead({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
    await bench.engine.submit(bench.read());
    assert.equal(await (await bench.queue()).waitToRead(), true);
    assert.equal((await bench.drain()).length, 1);
  });

  it("takes back a command that cannot be applied yet, and gives it again when it can, in order", async () => {
    const bench = await benches.open({ maxWaiters: 2 });
    const queue = await bench.queue();
    const starts = [bench.start(), bench.start(), bench.start()];
    for (const start of starts) await bench.engine.submit(start);
    const [first, second, third] = await bench.drain();
    assert.ok(first && second && third);
    assert.deepEqual(
      [queue.setAside(first), queue.setAside(second), queue.setAside(third)],
      [true, true, false],
    );
    assert.equal(queue.count, 0);
    assert.equal(
      queue.tryReadAside(() => false),
      undefined,
    );
    assert.equal(
      queue.tryReadAside(({ commandId }) => commandId === second.command.commandId),
      second,
    );
    assert.equal(
      queue.tryReadAside(() => true),
      first,
    );
    assert.equal(
      queue.tryReadAside(() => true),
      undefined,
    );
  });

  it("settles a command that was set aside when its caller leaves, a Stop overtakes it, or the engine ends", async () => {
    const bench = await benches.open({ maxWaiters: 3 });
    const queue = await bench.queue();
    const caller = bench.caller();
    const left = fateOf(bench.engine.submit(bench.start({ jobId: "a" }), caller));
    const overtaken = fateOf(bench.engine.submit(bench.start({ jobId: "b" })));
    const drained = fateOf(bench.engine.submit(bench.start({ jobId: "c" })));
    for (const delivery of await bench.drain()) assert.equal(queue.setAside(delivery), true);
    caller.abort();
    assert.equal(await left, "cancelled COMMAND_CANCELLED");
    await bench.engine.submit(bench.stop({ jobId: "b" }));
    const [stop] = await bench.drain();
    await bench.supersede(stop === undefined ? [] : queue.takeSuperseded(stop));
    assert.equal(await overtaken, "superseded COMMAND_SUPERSEDED");
    await bench.engine[Symbol.asyncDispose]();
    assert.equal(await drained, "drained DRAINING");
  });

  it("gives a Stop the Starts of its job that came before it, from every lane, and no others", async () => {
    const bench = await benches.open();
    const before = [bench.start({ priority: "low" }), bench.start({ priority: "high" })];
    const fates = before.map((start) => fateOf(bench.engine.submit(start)));
    const other = bench.start({ jobId: "other" });
    const stop = bench.stop({ priority: "critical" });
    const later = bench.start();
    await bench.settle();
    for (const command of [other, stop, later]) await bench.engine.submit(command);
    const queue = await bench.queue();
    const by = queue.tryRead();
    assert.equal(by?.command.commandId, stop.commandId);
    const superseded = by ? queue.takeSuperseded(by) : [];
    assert.deepEqual(idsOf(superseded).sort(), before.map(({ commandId }) => commandId).sort());
    await bench.supersede(superseded);
    assert.deepEqual(await Promise.all(fates), Array(2).fill("superseded COMMAND_SUPERSEDED"));
    assert.deepEqual(idsOf(await bench.drain()), [other.commandId, later.commandId]);
  });
}

/** Which commands were delivered. */
export function idsOf(deliveries: readonly Pick<Delivery, "command">[]): string[] {
  return deliveries.map(({ command }) => command.commandId);
}

function prioritiesOf(deliveries: readonly Delivery[]): Priority[] {
  return deliveries.map(({ command }) => command.priority);
}
