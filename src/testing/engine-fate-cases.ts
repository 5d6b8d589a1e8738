import assert from "node:assert/strict";
import type { Decision, ReceiptId } from "../engine/engine.ts";
import type { Refusal } from "../job/errors.ts";
import type { Outcome } from "../job/settlement.ts";
import {
  type BenchOptions,
  type EngineBench,
  type EngineBenches,
  emptyCommit,
  fateOf,
} from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** What became of a command stays known, also where its caller did not hear it. */
export function fateCases(benches: EngineBenches, it: Announce): void {
  for (const [outcome, { options, happen }] of Object.entries(fates)) {
    it(`tell of a command that was ${outcome}, by both of its ids`, async () => {
      const bench = await benches.open(options);
      const command = bench.start({ requestId: "r" });
      const caller = bench.caller();
      const fate = fateOf(bench.engine.submit(command, caller));
      await bench.settle();
      await happen(bench, caller);
      assert.match(await fate, new RegExp(outcome));
      await bench.settle();
      for (const id of [{ commandId: command.commandId }, { requestId: "r" }])
        assert.equal((await bench.engine.receipt(id))?.outcome, outcome);
    });
  }

  it("tell of a command that expired", async () => {
    const bench = await benches.open();
    const command = bench.start({ requestId: "r", deadlineMs: bench.clock.now() + 1000 });
    const fate = fateOf(bench.engine.submit(command));
    await bench.settle();
    await bench.clock.advance(1000);
    assert.match(await fate, /^expired/);
    const receipt = await bench.engine.receipt({ requestId: "r" });
    assert.equal(receipt?.outcome, "expired");
    assert.equal(receipt.queueWaitMs, 980);
  });

  it("tell of a command that was dropped", async () => {
    const bench = await benches.open({ capacity: 1, fullMode: "drop-write" });
    await bench.engine.submit(bench.start());
    const command = bench.start({ requestId: "r" });
    assert.match(await fateOf(bench.engine.submit(command)), /CHANNEL_FULL/);
    await bench.settle();
    assert.equal(await outcomeOf(bench, command), "dropped");
    assert.equal(await outcomeOf(bench, { requestId: "r" }), "dropped");
  });

  it("tell of a refusal until a new try has the request id; by its command id for longer", async () => {
    const bench = await benches.open();
    const first = bench.start({ requestId: "r" });
    const caller = bench.caller();
    const cancelled = fateOf(bench.engine.submit(first, caller));
    await bench.settle();
    caller.abort();
    await cancelled;
    assert.equal(await outcomeOf(bench, { requestId: "r" }), "cancelled");
    const second = await bench.engine.submit(bench.start({ requestId: "r" }));
    assert.equal(await outcomeOf(bench, { requestId: "r" }), "accepted");
    await bench.applyAll();
    assert.equal(second.replayed, false);
    assert.equal(await outcomeOf(bench, { requestId: "r" }), "applied");
    assert.equal(await outcomeOf(bench, first), "cancelled");
  });

  it("stay those of the first request where another one used its id", async () => {
    const bench = await benches.open();
    await bench.engine.submit(bench.start({ requestId: "r" }));
    await bench.applyAll();
    const other = bench.start({ requestId: "r", jobId: "other" });
    assert.equal(await fateOf(bench.engine.submit(other)), "refused REQUEST_ID_REUSED");
    assert.equal(await outcomeOf(bench, { requestId: "r" }), "applied");
    assert.equal(await outcomeOf(bench, other), undefined);
  });

  it("are not kept of reads", async () => {
    const bench = await benches.open();
    const read = bench.read();
    await bench.engine.submit(read);
    await bench.applyAll();
    assert.equal(await outcomeOf(bench, read), undefined);
  });
}

/** How a command comes to each fate, once it is queued. */
const fates: Readonly<Record<string, Fate>> = {
  applied: { happen: (bench) => decide(bench, "applied") },
  "no-change": { happen: (bench) => decide(bench, "no-change") },
  rejected: { happen: (bench) => decide(bench, "rejected", { code: "WRONG_STATE", message: "" }) },
  superseded: { happen: (bench) => decide(bench, "superseded", { code: "COMMAND_SUPERSEDED", message: "" }) },
  cancelled: { happen: async (_bench, caller) => caller.abort() },
  evicted: {
    options: { capacity: 1, fullMode: "drop-oldest" },
    happen: (bench) => bench.engine.submit(bench.start()),
  },
};

interface Fate {
  readonly options?: BenchOptions;
  readonly happen: (bench: EngineBench, caller: AbortController) => Promise<unknown>;
}

/** The leader takes all there is, and commits this. */
async function decide(bench: EngineBench, outcome: Decision["outcome"], refusal?: Refusal): Promise<void> {
  const decisions = (await bench.drain()).map((delivery) => bench.decision(delivery, { outcome, refusal }));
  await (await bench.lease).commit({ ...emptyCommit, decisions });
}

async function outcomeOf({ engine }: EngineBench, id: ReceiptId): Promise<Outcome | undefined> {
  return (await engine.receipt(id))?.outcome;
}
