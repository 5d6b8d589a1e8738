import assert from "node:assert/strict";
import type { Lease } from "../engine/engine.ts";
import { type EngineBench, type EngineBenches, fateOf } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** Beginning, leading, end. */
export function lifeCases(benches: EngineBenches, it: Announce): void {
  it("begins with what its store holds: at first, nothing", async () => {
    const bench = await benches.open();
    assert.equal(bench.recovered.revision, 0);
    assert.deepEqual(bench.recovered.jobs, []);
    assert.match(bench.recovered.epoch, /^[A-Za-z0-9]+$/);
  });

  it("lets one lead at a time, and then the next, with a higher term and all that still waits", async () => {
    const bench = await benches.open();
    const first = await bench.lease;
    const second = lead(bench);
    await bench.engine.submit(bench.read());
    await bench.settle();
    assert.equal(second.lease, undefined);
    await bench.stopLeading();
    await bench.settle();
    const { term, commands } = leaseOf(second);
    assert.ok(term > first.term);
    assert.equal(await commands.waitToRead(), true);
    assert.notEqual(commands.tryRead(), undefined);
    second.stop();
    await second.ended;
  });

  it("refuses what a leader commits when another leads already: nothing of it is seen", async () => {
    const bench = await benches.open();
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r" })));
    const read = await bench.drain();
    await bench.stopLeading();
    const second = lead(bench);
    await bench.settle();
    await assert.rejects(bench.commit(read, 1), { code: "STORE_UNAVAILABLE" });
    assert.equal(await fate, "rejected STORE_UNAVAILABLE");
    assert.equal(await bench.engine.receipt({ requestId: "r" }), undefined);
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    const change = reader.next();
    await leaseOf(second).commit(bench.batch([], 1));
    assert.equal((await change).value?.revision, 1);
    await reader.return?.();
    second.stop();
    await second.ended;
  });

  it("settles what a leader took and never committed when it ends", async () => {
    const bench = await benches.open();
    const commands = [bench.start({ requestId: "r" }), bench.read()];
    const fates = commands.map((command) => fateOf(bench.engine.submit(command)));
    assert.equal((await bench.drain()).length, 2);
    await bench.stopLeading();
    assert.deepEqual(await Promise.all(fates), Array(2).fill("rejected STORE_UNAVAILABLE"));
    assert.equal((await bench.engine.submit(bench.start({ requestId: "r" }))).replayed, false);
  });

  it("lets a commit that is under way come to its end before the leader's", async () => {
    const bench = await benches.open();
    const fate = fateOf(bench.engine.submit(bench.start()));
    const committed = bench.commit(await bench.drain(), 1);
    await bench.stopLeading();
    await committed;
    assert.equal(await fate, "applied");
  });

  it("lets the next one wait for commands, also where the last one still does", async () => {
    const bench = await benches.open();
    const forgotten = (await bench.lease).commands.waitToRead();
    await bench.stopLeading();
    const second = lead(bench);
    await bench.settle();
    const waiting = leaseOf(second).commands.waitToRead();
    await bench.engine.submit(bench.read());
    assert.deepEqual(await Promise.all([forgotten, waiting]), [true, true]);
    second.stop();
    await second.ended;
  });

  it("leads on after a leader that failed", async () => {
    const bench = await benches.open();
    await bench.stopLeading();
    await assert.rejects(
      bench.engine.lead(0, () => Promise.reject(new Error("bug"))),
      /bug/,
    );
    let led = false;
    await bench.engine.lead(0, async () => {
      led = true;
    });
    assert.equal(led, true);
  });

  it("lets who waits to lead give up, and who comes after take its turn", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const second = lead(bench, caller.signal);
    const third = lead(bench);
    await bench.settle();
    caller.abort(new Error("enough"));
    await assert.rejects(second.ended, /enough/);
    assert.equal(third.lease, undefined);
    await bench.stopLeading();
    await bench.settle();
    assert.equal(second.lease, undefined);
    leaseOf(third);
    third.stop();
    await third.ended;
  });

  it("settles all that waits when it ends: it was not applied", async () => {
    const bench = await benches.open({ capacity: 1 });
    const caller = bench.caller();
    const deadlineMs = bench.clock.now() + 100;
    const queued = fateOf(bench.engine.submit(bench.start({ deadlineMs }), caller));
    const waiting = fateOf(bench.engine.submit(bench.start({ deadlineMs }), caller));
    const joining = fateOf(bench.engine.submit(bench.start({ requestId: "r", priority: "low" }), caller));
    await bench.settle();
    assert.deepEqual(bench.waiting, { depth: 2, writers: 1 });
    await bench[Symbol.asyncDispose]();
    assert.equal(await queued, "drained DRAINING");
    assert.equal(await waiting, "refused DRAINING");
    assert.equal(await joining, "drained DRAINING");
    bench.assertNothingLeft();
  });

  it("settles what was on its way in when it ends", async () => {
    const bench = await benches.open();
    const fate = fateOf(bench.engine.submit(bench.start({ requestId: "r" }), bench.caller()));
    await bench.engine[Symbol.asyncDispose]();
    assert.match(await fate, /DRAINING$/);
  });

  it("refuses what comes after its end", async () => {
    const bench = await benches.open();
    await bench[Symbol.asyncDispose]();
    assert.equal(await fateOf(bench.engine.submit(bench.start(), bench.caller())), "refused DRAINING");
  });

  it("tells its leader that nothing more will come, and ends only once", async () => {
    const bench = await benches.open();
    const waiting = (await bench.queue()).waitToRead();
    await Promise.all([bench.engine[Symbol.asyncDispose](), bench.engine[Symbol.asyncDispose]()]);
    assert.equal(await waiting, false);
    assert.equal(await (await bench.queue()).waitToRead(), false);
  });

  it("can be ended before it was ever opened", async () => {
    const engine = await benches.create();
    await engine[Symbol.asyncDispose]();
  });

  it("tells once that it holds its store, before it is open", async () => {
    const engine = await benches.create();
    const told: string[] = [];
    const opened = engine.open({ onHeld: () => told.push("held") }).then(() => told.push("open"));
    await opened;
    assert.deepEqual(told, ["held", "open"]);
    await engine[Symbol.asyncDispose]();
  });

  it("is as before where opening it was given up", async () => {
    const engine = await benches.create();
    await assert.rejects(engine.open({ signal: AbortSignal.abort(new Error("enough")) }), /enough/);
    assert.equal((await engine.open()).revision, 0);
    await engine[Symbol.asyncDispose]();
  });
}

interface Leader {
  /** Set once it leads. */
  lease?: Lease;
  readonly ended: Promise<void>;
  stop(): void;
}

/** Somebody else who wants to lead. */
function lead({ engine }: EngineBench, signal?: AbortSignal): Leader {
  const { promise, resolve } = Promise.withResolvers<void>();
  const leader: Leader = {
    stop: resolve,
    ended: engine.lead(
      0,
      (lease) => {
        leader.lease = lease;
        return promise;
      },
      { signal },
    ),
  };
  return leader;
}

function leaseOf({ lease }: Leader): Lease {
  assert.ok(lease, "it does not lead");
  return lease;
}
