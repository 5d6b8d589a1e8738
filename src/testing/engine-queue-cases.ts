import assert from "node:assert/strict";
import type { FullMode } from "../channel/index.ts";
import type { Delivery } from "../engine/engine.ts";
import type { Priority } from "../job/command.ts";
import { codeOf, type EngineBenches, fateOf } from "./engine-bench.ts";
import type { TestRunner } from "./engine-under-test.ts";

/** Order, bounds and full modes. */
export function queueCases(benches: EngineBenches, it: TestRunner["it"]): void {
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
    for (const priority of ["low", "normal", "high"] as const) {
      for (let count = 0; count < 100; count++) await bench.engine.submit(bench.read({ priority }));
    }
    const order = prioritiesOf(await bench.drain());
    assert.deepEqual(order.slice(0, 9), [...Array(8).fill("high"), "normal"]);
    assert.ok(order.slice(0, 100).includes("low"));
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

  it("keeps its bound exactly under 32 submitters", async () => {
    const bench = await benches.open({ capacity: 4, maxWaiters: 8 });
    const fates = Array.from({ length: 32 }, () => fateOf(bench.engine.submit(bench.read())));
    await bench.settle();
    assert.deepEqual(bench.waiting, { depth: 4, writers: 8 });
    const read: Delivery[] = [];
    for (let batch = await bench.drain(); batch.length > 0; batch = await bench.drain()) {
      read.push(...batch);
      await bench.commit(batch);
    }
    const told = await Promise.all(fates);
    assert.equal(read.length, 12);
    assert.equal(told.filter((fate) => fate === "applied").length, 12);
    assert.equal(told.filter((fate) => fate === "refused CHANNEL_FULL").length, 20);
  });

  const fullModes: readonly [FullMode, read: number[], refused: Record<number, string>][] = [
    ["drop-write", [0, 1], { 2: "refused CHANNEL_FULL", 3: "refused CHANNEL_FULL" }],
    ["drop-newest", [0, 3], { 1: "evicted COMMAND_EVICTED", 2: "evicted COMMAND_EVICTED" }],
    ["drop-oldest", [2, 3], { 0: "evicted COMMAND_EVICTED", 1: "evicted COMMAND_EVICTED" }],
  ];
  for (const [fullMode, kept, refused] of fullModes) {
    it(`when full with ${fullMode} gives each caller one fate, and never delivers what it refused`, async () => {
      const bench = await benches.open({ capacity: 2, fullMode });
      const commands = [bench.read(), bench.read(), bench.read(), bench.read()];
      const fates = commands.map((command) => fateOf(bench.engine.submit(command)));
      const read = await bench.drain();
      assert.deepEqual(
        idsOf(read),
        kept.map((index) => commands[index]?.commandId),
      );
      await bench.commit(read);
      for (const [index, fate] of fates.entries()) assert.equal(await fate, refused[index] ?? "applied");
    });
  }

  it("hands over from caller to reader at capacity 0", async () => {
    const bench = await benches.open({ capacity: 0 });
    const fates = [fateOf(bench.engine.submit(bench.read())), fateOf(bench.engine.submit(bench.read()))];
    await bench.settle();
    assert.deepEqual(bench.waiting, { depth: 0, writers: 2 });
    await bench.commit(await bench.drain());
    assert.deepEqual(await Promise.all(fates), ["applied", "applied"]);
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

  it("lets one lead at a time; the next waits, and may give up waiting", async () => {
    const bench = await benches.open();
    const { term } = await bench.lease;
    const abort = new AbortController();
    let led = 0;
    const second = bench.engine.lead(
      0,
      async (lease) => {
        led = lease.term;
      },
      { signal: abort.signal },
    );
    await bench.settle();
    assert.equal(led, 0);
    abort.abort(new Error("enough"));
    assert.match(String(await codeOf(second)), /enough/);
    assert.ok(term >= 1);
  });
}

function idsOf(deliveries: readonly Pick<Delivery, "command">[]): string[] {
  return deliveries.map(({ command }) => command.commandId);
}

function prioritiesOf(deliveries: readonly Delivery[]): Priority[] {
  return deliveries.map(({ command }) => command.priority);
}
