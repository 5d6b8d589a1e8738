import assert from "node:assert/strict";
import type { Change } from "../job/job.ts";
import type { EngineBenches } from "./engine-bench.ts";
import type { TestRunner } from "./engine-under-test.ts";

/** What was committed, and how it is told. */
export function commitCases(benches: EngineBenches, it: TestRunner["it"]): void {
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
    const reader = bench.engine.changes(7)[Symbol.asyncIterator]();
    await assert.rejects(reader.next(), { name: "HistoryGoneError" });
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
    const abort = new AbortController();
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
    await (await bench.lease).commit({ changes: [], jobs: new Map(), decisions: [], runs });
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
  });
}

async function revision(reader: AsyncIterator<Change>): Promise<number | undefined> {
  const { value, done } = await reader.next();
  return done ? undefined : value.revision;
}
