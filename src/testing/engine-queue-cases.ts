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
    const refusal = { code: "COMMAND_SUPERSEDED", message: "" } as const;
    const decisions = superseded.map((delivery) =>
      bench.decision(delivery, { outcome: "superseded", refusal }),
    );
    await (await bench.lease).commit({ changes: [], jobs: new Map(), runs: [], decisions });
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
