import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../src/engine/local/memory-store.ts";
import { Harness, type HarnessOptions } from "../core-harness.ts";
import { FailingStore } from "../failing-store.ts";

/** A server that ends in the middle of things, and the one that comes after it on the same store. */
async function restarted(
  options: HarnessOptions,
  before: (harness: Harness) => Promise<unknown>,
): Promise<Harness> {
  const store = createMemoryStore();
  const first = await Harness.start({ ...options, store });
  await before(first);
  await first[Symbol.asyncDispose]();
  return Harness.start({ ...options, store });
}

const restart = [{ name: "a", onLost: "restart" as const }, { name: "b" }];

describe("a start", () => {
  it("waits at rest for what follows from it to be written", async () => {
    const store = new FailingStore();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.delay = () => promise;
    await using harness = new Harness({ store });
    const started = harness.core.start();
    // A loop that does not rest gives no turn to this one.
    await harness.clock.advance(0);
    expect(harness.core.consumer).toMatchObject({ busyMs: 0 });
    resolve();
    await started;
    expect(await harness.status("job")).toMatchObject({ state: "stopped" });
  });

  it("begins nothing where what was to be done meanwhile failed", async () => {
    const store = new FailingStore();
    await using harness = new Harness({ store });
    const onHeld = () => Promise.reject(new Error("Port is in use"));
    await expect(harness.core.start({ onHeld })).rejects.toThrow("Port is in use");
    expect(store.batches).toEqual([]);
  });
});

describe("after a restart", () => {
  it("runs that were going on are lost, and run again where their type says so", async () => {
    await using harness = await restarted({ types: restart }, async (first) => {
      await first.start("a", { input: { n: 1 } });
      await first.start("b");
    });
    expect(await harness.status("a")).toMatchObject({ state: "running", executionCount: 2 });
    expect(harness.runner.runs.map(({ request }) => [request.jobId, request.input])).toEqual([
      ["a", { n: 1 }],
    ]);
    expect(await harness.status("b")).toMatchObject({
      state: "lost",
      desiredState: "running",
      executionCount: 1,
    });
    expect(await harness.start("b")).toMatchObject({ started: true });
  });

  it("a job that was being stopped is stopped", async () => {
    await using harness = await restarted({ types: restart }, async (first) => {
      await first.start("a");
      await first.stop("a");
    });
    expect(await harness.status("a")).toMatchObject({ state: "stopped", desiredState: "stopped" });
    expect(harness.runner.runs).toHaveLength(0);
  });

  it("a run that the drain cut short is made up for", async () => {
    await using harness = await restarted({ types: restart }, async (first) => {
      await first.start("a");
      const drained = first.core.drain({ timeoutMs: 1000 });
      await first.clock.advance(1000);
      await drained;
    });
    expect(await harness.status("a")).toMatchObject({ state: "running", executionCount: 2 });
  });

  it("the queue of a type is as it was, and goes on", async () => {
    const types = [{ name: "t", template: true, concurrency: 1, onLost: "restart" as const }];
    await using harness = await restarted({ types }, async (first) => {
      for (const jobId of ["x", "c", "b", "a"]) await first.start(jobId, { jobType: "t" });
    });
    // The lost run has its slot again, before those who have waited for one.
    for (const jobId of ["x", "c", "b", "a"]) {
      expect(await harness.status(jobId)).toMatchObject({ state: "running" });
      harness.runner.of(jobId).succeed();
      await harness.settle();
    }
  });

  it("a watcher who was there before sees what became of the runs", async () => {
    let resumeToken = "";
    await using harness = await restarted({ types: restart }, async (first) => {
      await first.start("a");
      const watch = first.watch();
      const end = (await watch.snapshot()).at(-1);
      resumeToken = end !== undefined && "resumeToken" in end ? end.resumeToken : "";
      await watch[Symbol.asyncDispose]();
    });
    await using watch = harness.watch({ resumeToken, delivery: "every-transition" });
    const [again, end] = await watch.take(2);
    expect(again).toMatchObject({
      kind: "changed",
      status: { executionCount: 2, currentRun: { attempt: 1 } },
    });
    expect(end?.kind).toBe("snapshot-end");
  });

  it.each([
    ["nobody may wait for a slot", { capacity: 0, fullMode: "drop-write" }, ["x"]],
    ["the queue is full", { capacity: 1, fullMode: "wait" }, ["x", "y"]],
  ] as const)("a lost run begins again in its slot, also where %s", async (_, queue, jobIds) => {
    const types = [{ name: "t", template: true, concurrency: 1, queue, onLost: "restart" as const }];
    await using harness = await restarted({ types }, async (first) => {
      for (const jobId of jobIds) await first.start(jobId, { jobType: "t" });
    });
    expect(await harness.status("x")).toMatchObject({ state: "running", executionCount: 2 });
  });

  it("nobody is thrown out of a queue that has become shorter, but where its mode says so", async () => {
    const type = { name: "t", template: true, concurrency: 1, onLost: "restart" as const };
    const store = createMemoryStore();
    await using before = await Harness.start({ types: [type], store });
    for (const jobId of ["x", "a", "b", "c"]) await before.start(jobId, { jobType: "t" });
    const shorter = { ...type, queue: { capacity: 1, fullMode: "wait" as const } };
    await using harness = await Harness.start({ types: [shorter], store });
    for (const jobId of ["a", "b", "c"])
      expect(await harness.status(jobId)).toMatchObject({ state: "pending" });
  });
});
