import assert from "node:assert/strict";
import type { FullMode } from "../channel/index.ts";
import { type EngineBenches, fateOf } from "./engine-bench.ts";
import { idsOf } from "./engine-queue-cases.ts";
import type { Announce } from "./engine-under-test.ts";

/** Bounds, and what happens at them. */
export function roomCases(benches: EngineBenches, it: Announce): void {
  it("keeps its bounds exactly under 32 submitters at once", async () => {
    const bench = await benches.open({ capacity: 4, maxWaiters: 8 });
    const fates = Array.from({ length: 32 }, () => fateOf(bench.engine.submit(bench.read())));
    await bench.settle();
    assert.deepEqual(bench.waiting, { depth: 4, writers: 8 });
    const applied = await bench.applyAll();
    const told = await Promise.all(fates);
    assert.equal(applied.length, 12);
    assert.equal(told.filter((fate) => fate === "applied").length, 12);
    assert.equal(told.filter((fate) => fate === "refused CHANNEL_FULL").length, 20);
  });

  it("keeps its bounds exactly while submitters come, go and are served", async () => {
    const bench = await benches.open({ capacity: 2, maxWaiters: 3 });
    const queue = await bench.queue();
    let applied = 0;
    const fates: Promise<string>[] = [];
    for (let round = 0; round < 20; round++) {
      const callers = Array.from({ length: 32 }, () => bench.caller());
      for (const { signal } of callers) fates.push(fateOf(bench.engine.submit(bench.read(), { signal })));
      await bench.settle();
      assert.deepEqual(bench.waiting, { depth: 2, writers: 3 });
      callers[0]?.abort();
      const next = queue.tryRead();
      assert.ok(next);
      applied++;
      await bench.commit([next]);
      assert.deepEqual(bench.waiting, { depth: 2, writers: 1 });
    }
    applied += (await bench.applyAll()).length;
    const told = await Promise.all(fates);
    assert.equal(told.length, 20 * 32);
    assert.equal(told.filter((fate) => fate === "applied").length, applied);
  });

  it("gives room that was made to those who waited for it, in their order, before any newcomer", async () => {
    const bench = await benches.open({ capacity: 1, maxWaiters: 3 });
    const commands = Array.from({ length: 3 }, () => bench.read());
    for (const command of commands) void bench.engine.submit(command);
    await bench.settle();
    const queue = await bench.queue();
    const first = queue.tryRead();
    const newcomer = bench.read();
    const last = bench.engine.submit(newcomer);
    assert.deepEqual(bench.waiting, { depth: 1, writers: 2 });
    const rest = await bench.drain();
    await last;
    assert.deepEqual(idsOf([...(first ? [first] : []), ...rest]), [
      ...commands.map(({ commandId }) => commandId),
      newcomer.commandId,
    ]);
  });

  it("accepts who waited for room only when there is room", async () => {
    const bench = await benches.open({ capacity: 1 });
    await bench.engine.submit(bench.read());
    let accepted = false;
    const waiting = bench.engine.submit(bench.read()).then(() => {
      accepted = true;
    });
    await bench.settle();
    assert.equal(accepted, false);
    (await bench.queue()).tryRead();
    await waiting;
    assert.equal(accepted, true);
  });

  it("tells of a wait for room only where there was one", async () => {
    const bench = await benches.open({ capacity: 1 });
    const tickets = [bench.engine.submit(bench.read()), bench.engine.submit(bench.read())];
    await bench.clock.advance(30);
    await bench.applyAll();
    const receipts = await Promise.all(
      tickets.map(async (ticket) => (await (await ticket).settled()).receipt.spaceWaitMs),
    );
    assert.deepEqual(receipts, [0, 30]);
  });

  const fullModes: readonly [FullMode, read: number[], refused: Record<number, string>][] = [
    ["drop-write", [0, 1], { 2: "refused CHANNEL_FULL", 3: "refused CHANNEL_FULL" }],
    ["drop-newest", [0, 3], { 1: "evicted COMMAND_EVICTED", 2: "evicted COMMAND_EVICTED" }],
    ["drop-oldest", [2, 3], { 0: "evicted COMMAND_EVICTED", 1: "evicted COMMAND_EVICTED" }],
  ];
  for (const [fullMode, kept, refused] of fullModes) {
    it(`when full with ${fullMode} gives each caller one fate, and never delivers what it refused`, async () => {
      const bench = await benches.open({ capacity: 2, fullMode });
      assert.ok(bench.engine.capabilities.fullModes.has(fullMode));
      const commands = Array.from({ length: 4 }, () => bench.read());
      const fates = commands.map((command) => fateOf(bench.engine.submit(command)));
      await bench.settle();
      assert.deepEqual(bench.waiting, { depth: 2, writers: 0 });
      const read = await bench.applyAll();
      assert.deepEqual(
        idsOf(read),
        kept.map((index) => commands[index]?.commandId),
      );
      for (const [index, fate] of fates.entries()) assert.equal(await fate, refused[index] ?? "applied");
    });
  }

  it("keeps the bound of each lane for itself", async () => {
    const bench = await benches.open({ capacity: 1, fullMode: "drop-write" });
    for (const priority of ["critical", "high", "normal", "low"] as const) {
      await bench.engine.submit(bench.read({ priority }));
      const fate = await fateOf(bench.engine.submit(bench.read({ priority })));
      assert.equal(fate, "refused CHANNEL_FULL");
    }
    assert.equal((await bench.applyAll()).length, 4);
  });

  it("hands over from caller to reader at capacity 0, accepting no one earlier", async () => {
    const bench = await benches.open({ capacity: 0 });
    const queue = await bench.queue();
    const reading = queue.waitToRead();
    let accepted = 0;
    const submit = () => bench.engine.submit(bench.read()).finally(() => accepted++);
    const fates = [fateOf(submit()), fateOf(submit())];
    assert.equal(await reading, true);
    assert.equal(await fateOf(bench.engine.submit(bench.read())), "refused CHANNEL_FULL");
    assert.deepEqual(bench.waiting, { depth: 0, writers: 2 });
    assert.equal(accepted, 0);
    await bench.applyAll();
    assert.equal(accepted, 2);
    assert.deepEqual(await Promise.all(fates), ["applied", "applied"]);
  });
}
