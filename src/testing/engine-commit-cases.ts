import assert from "node:assert/strict";
import type { Change } from "../job/job.ts";
import { type EngineBenches, emptyCommit, fateOf } from "./engine-bench.ts";
import type { Announce } from "./engine-under-test.ts";

/** What was committed, and how it is told. */
export function commitCases(benches: EngineBenches, it: Announce): void {
  it("tell changes in the order of revisions, those to come as well", async () => {
    const bench = await benches.open();
    await bench.commit([], 2);
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    assert.deepEqual([await revision(reader), await revision(reader)], [1, 2]);
    const third = revision(reader);
    await bench.commit([], 1);
    assert.equal(await third, 3);
    await reader.return?.();
  });

  it("resume at every revision", async () => {
    const bench = await benches.open();
    await bench.commit([], 3);
    await bench.commit([], 2);
    for (let after = 0; after < 5; after++) {
      const reader = bench.engine.changes(after)[Symbol.asyncIterator]();
      for (let next = after + 1; next <= 5; next++) assert.equal(await revision(reader), next);
      await reader.return?.();
    }
  });

  it("say so where a revision has not happened yet", async () => {
    const bench = await benches.open();
    await bench.commit([], 3);
    await assert.rejects(next(bench.engine.changes(4)), { name: "HistoryGoneError" });
  });

  it("say so where changes are no longer kept, to those who begin and those who fell behind", async () => {
    const bench = await benches.open({ history: 4 });
    await bench.commit([], 1);
    const slow = bench.engine.changes(0)[Symbol.asyncIterator]();
    assert.equal(await revision(slow), 1);
    for (let count = 0; count < 9; count++) await bench.commit([], 1);
    await assert.rejects(slow.next(), { name: "HistoryGoneError" });
    await assert.rejects(next(bench.engine.changes(5)), { name: "HistoryGoneError" });
    assert.equal((await next(bench.engine.changes(6))).value?.revision, 7);
  });

  it("are told in full to who follows step by step, however large a batch and however little is kept", async () => {
    const bench = await benches.open({ history: 3 });
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    for (let batch = 0; batch < 3; batch++) {
      await bench.commit([], 500);
      for (let change = 1; change <= 500; change++)
        assert.equal(await revision(reader), batch * 500 + change);
    }
    await reader.return?.();
  });

  it("are told of once the commit is made and not before, and so are its callers", async () => {
    const bench = await benches.open();
    const told: string[] = [];
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    const change = revision(reader).then(() => told.push("change"));
    const settled = fateOf(bench.engine.submit(bench.start())).then((fate) => told.push(fate));
    const read = await bench.drain();
    await bench.settle();
    assert.deepEqual(told, []);
    await bench.commit(read, 1);
    await Promise.all([change, settled]);
    assert.deepEqual(told.sort(), ["applied", "change"]);
    assert.equal((await next(bench.engine.changes(0))).value?.revision, 1);
    await reader.return?.();
  });

  it("settle each command with what was decided for it", async () => {
    const bench = await benches.open();
    const fates = Array.from({ length: 3 }, () => fateOf(bench.engine.submit(bench.start())));
    const [first, second, third] = await bench.drain();
    assert.ok(first && second && third);
    const refusal = { code: "WRONG_STATE", message: "" } as const;
    const decisions = [
      bench.decision(first),
      bench.decision(second, { outcome: "no-change" }),
      bench.decision(third, { outcome: "rejected", refusal }),
    ];
    await (await bench.lease).commit({ ...emptyCommit, decisions });
    assert.deepEqual(await Promise.all(fates), ["applied", "no-change", "rejected WRONG_STATE"]);
  });

  it("wait for no reader", async () => {
    const bench = await benches.open();
    const slow = bench.engine.changes(0)[Symbol.asyncIterator]();
    await bench.commit([], 1);
    assert.equal(await revision(slow), 1);
    const fast = bench.engine.changes(0)[Symbol.asyncIterator]();
    for (let count = 0; count < 50; count++) await bench.commit([], 1);
    for (let next = 1; next <= 51; next++) assert.equal(await revision(fast), next);
    for (let next = 2; next <= 51; next++) assert.equal(await revision(slow), next);
    await slow.return?.();
    await fast.return?.();
  });

  it("end for a reader whose signal fires, and for all when the engine ends", async () => {
    const bench = await benches.open();
    const abort = bench.caller();
    const first = bench.engine.changes(0, { signal: abort.signal })[Symbol.asyncIterator]().next();
    const second = bench.engine.changes(0)[Symbol.asyncIterator]().next();
    await bench.settle();
    abort.abort();
    assert.equal((await first).done, true);
    await bench[Symbol.asyncDispose]();
    assert.equal((await second).done, true);
  });

  it("keep the runs of a job, newest first, page by page", async () => {
    const bench = await benches.open();
    const runs = [1, 2, 3].map((number) => ({
      jobId: "job",
      run: {
        runId: `run-${number}`,
        state: "succeeded",
        attempt: 1,
        maxAttempts: 1,
        startTimeMs: number,
      } as const,
    }));
    await bench.commit([], 1);
    await (await bench.lease).commit({
      changes: [],
      jobs: new Map(),
      circuits: new Map(),
      decisions: [],
      runs,
    });
    const first = await bench.engine.runs("job", { size: 2 });
    assert.deepEqual(
      first.runs.map(({ runId }) => runId),
      ["run-3", "run-2"],
    );
    const second = await bench.engine.runs("job", { size: 2, before: first.next });
    assert.deepEqual(
      second.runs.map(({ runId }) => runId),
      ["run-1"],
    );
    assert.equal(second.next, undefined);
    assert.deepEqual((await bench.engine.runs("nobody", { size: 2 })).runs, []);
    assert.deepEqual((await bench.engine.runs("job", { size: 2, before: "gone" })).runs, []);
    const all = await bench.engine.runs("job", { size: 3 });
    assert.equal(all.runs.length, 3);
    assert.equal(all.next, undefined);
  });

  it("say that they are written before anybody is told, and let the next one begin there", async () => {
    const bench = await benches.open();
    const { commit } = await bench.lease;
    const told: string[] = [];
    const ticket = await bench.engine.submit(bench.start());
    void ticket.settled().then(() => told.push("caller"));
    const first = bench.batch(await bench.drain(), 1);
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    const change = revision(reader).then(() => told.push("change"));
    const second = Promise.withResolvers<void>();
    const onWritten = () => {
      told.push("written");
      second.resolve(commit(bench.batch([])));
    };
    await commit(first, { onWritten });
    await Promise.all([second.promise, change]);
    assert.equal(told[0], "written");
    assert.deepEqual([...told].sort(), ["caller", "change", "written"]);
    await reader.return?.();
  });

  it("leave a command that the leader gives back as if it had not been taken", async () => {
    const bench = await benches.open();
    const caller = bench.caller();
    const [first, second] = ["a", "b"].map((jobId) =>
      fateOf(bench.engine.submit(bench.start({ jobId }), caller)),
    );
    const queue = await bench.queue();
    const taken = await bench.drain();
    queue.giveBack(taken);
    const again = await bench.drain();
    assert.deepEqual(again, taken);
    queue.giveBack(again.slice(1));
    caller.abort();
    await bench.commit(again.slice(0, 1));
    assert.equal(await first, "applied");
    assert.equal(await second, "cancelled COMMAND_CANCELLED");
  });
}

/** The first change, and no more. */
async function next(changes: AsyncIterable<Change>): Promise<IteratorResult<Change>> {
  const reader = changes[Symbol.asyncIterator]();
  const result = await reader.next();
  await reader.return?.();
  return result;
}

async function revision(reader: AsyncIterator<Change>): Promise<number | undefined> {
  const { value, done } = await reader.next();
  return done ? undefined : value.revision;
}
