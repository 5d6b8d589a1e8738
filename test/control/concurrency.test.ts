import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QueueOptions } from "../../src/job/job-type.ts";
import { Harness, type HarnessOptions } from "./core-harness.ts";
import { diskFull, FailingStore } from "./failing-store.ts";

/** A type with two slots, whose jobs are made by Start. */
function twoSlots(queue: Partial<QueueOptions> = {}): Required<Pick<HarnessOptions, "types">> {
  const type = { name: "t", template: true, concurrency: 2 } as const;
  return { types: [{ ...type, queue: { capacity: 100, fullMode: "wait", ...queue } }] };
}

/** One slot, and a queue in which one job can wait. */
const oneSlotAndPlace = {
  types: [{ name: "t", template: true, concurrency: 1, queue: { capacity: 1, fullMode: "wait" } }],
} satisfies HarnessOptions;

async function startAll(harness: Harness, ...jobIds: string[]): Promise<string[]> {
  const replies = await Promise.all(jobIds.map((jobId) => harness.start(jobId, { jobType: "t" })));
  return replies.map(({ status }) => status?.state ?? "");
}

describe("a type's concurrency", () => {
  it("lets so many run, and has the others wait in order", async () => {
    await using harness = await Harness.start(twoSlots());
    expect(await startAll(harness, "a", "b", "c", "d")).toEqual(["running", "running", "pending", "pending"]);
    expect((await harness.status("d")).message).toBe(
      "Waiting for a free slot of its type, 1 ahead when it came",
    );
    harness.runner.of("b").succeed();
    await harness.settle();
    expect(await harness.status("c")).toMatchObject({ state: "running" });
    expect(await harness.status("d")).toMatchObject({ state: "pending" });
    expect(harness.runner.runs).toHaveLength(3);
  });

  it("counts a run until it has ended, however long its stop takes", async () => {
    await using harness = await Harness.start(twoSlots());
    await startAll(harness, "a", "b", "c");
    await harness.stop("a");
    expect(await harness.status("c")).toMatchObject({ state: "pending" });
    harness.runner.of("a").fail();
    await harness.settle();
    expect(await harness.status("c")).toMatchObject({ state: "running" });
  });

  it("gives a slot on in the same revision's batch, with consecutive revisions", async () => {
    await using harness = await Harness.start(twoSlots());
    await startAll(harness, "a", "b", "c");
    const { revision } = await harness.status("c");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect((await harness.status("a")).revision).toBe(revision + 1);
    expect((await harness.status("c")).revision).toBe(revision + 2);
  });

  it("lets a run that is replaced keep its slot", async () => {
    await using harness = await Harness.start(twoSlots());
    await startAll(harness, "a", "b", "c");
    await harness.start("a", { jobType: "t", conflictPolicy: "replace" });
    harness.runner.of("a").fail();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({ state: "running", executionCount: 2 });
    expect(await harness.status("c")).toMatchObject({ state: "pending" });
  });

  it("passes over a job that left the queue", async () => {
    await using harness = await Harness.start(twoSlots());
    await startAll(harness, "a", "b", "c", "d", "e");
    expect(await harness.stop("c")).toMatchObject({ status: { state: "stopped" } });
    await harness.pause("d");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("e")).toMatchObject({ state: "running" });
  });

  it("holds for scheduled runs and triggers too", async () => {
    const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
    const types = [{ name: "t", concurrency: 1, schedule }];
    await using harness = await Harness.start({ types });
    await harness.start("t");
    await harness.start("other", { jobType: "t" });
    harness.runner.of("t").succeed();
    await harness.settle();
    expect(await harness.trigger("t")).toMatchObject({ status: { state: "pending" }, runId: "" });
    await harness.clock.advance(1000);
    expect(harness.runner.runs).toHaveLength(2);
    harness.runner.of("other").succeed();
    await harness.settle();
    expect(await harness.status("t")).toMatchObject({ state: "running", counters: { skippedOverlap: 1 } });
  });

  it("changes nothing with validate_only", async () => {
    await using harness = await Harness.start(twoSlots());
    await startAll(harness, "a", "b");
    const reply = await harness.start("c", { jobType: "t", validateOnly: true });
    expect(reply).toMatchObject({ started: true, status: { state: "pending" } });
    harness.runner.of("a").succeed();
    await harness.settle();
    await expect(harness.status("c")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("begins no run while the server drains; what waits is taken up by the next", async () => {
    const harness = await Harness.start(twoSlots());
    await startAll(harness, "a", "b", "c");
    const drained = harness.core.drain({ timeoutMs: 1000 });
    await harness.settle();
    harness.runner.of("a").fail();
    harness.runner.of("b").fail();
    await harness.settle();
    await drained;
    expect(harness.runner.runs).toHaveLength(2);
    await harness[Symbol.asyncDispose]();
  });
});

describe("the queue of a type, when it is full", () => {
  it("drop-write: refuses the Start, which leaves nothing behind", async () => {
    await using harness = await Harness.start(twoSlots({ capacity: 1, fullMode: "drop-write" }));
    await startAll(harness, "a", "b", "c");
    await expect(harness.start("d", { jobType: "t" })).rejects.toMatchObject({
      code: "QUEUE_FULL",
      refusal: { metadata: { jobType: "t", capacity: "1" } },
    });
    await expect(harness.status("d")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it.each([
    ["drop-oldest", "c"],
    ["drop-newest", "d"],
  ] as const)("%s: takes it, and throws out the one that waits: %s", async (fullMode, evicted) => {
    await using harness = await Harness.start(twoSlots({ capacity: 2, fullMode }));
    expect(await startAll(harness, "a", "b", "c", "d", "e")).toEqual([
      "running",
      "running",
      "pending",
      "pending",
      "pending",
    ]);
    expect(await harness.status(evicted)).toMatchObject({ state: "failed", reason: "EVICTED" });
    expect(await harness.status("e")).toMatchObject({ state: "pending" });
  });

  it.each(["drop-write", "drop-newest", "drop-oldest"] as const)(
    "%s with capacity 0: refuses, for nothing can wait",
    async (fullMode) => {
      await using harness = await Harness.start(twoSlots({ capacity: 0, fullMode }));
      await startAll(harness, "a", "b");
      await expect(harness.start("c", { jobType: "t" })).rejects.toMatchObject({ code: "QUEUE_FULL" });
    },
  );

  it("drop-write: a refused Start can be tried again with its request id", async () => {
    await using harness = await Harness.start(twoSlots({ capacity: 0, fullMode: "drop-write" }));
    await startAll(harness, "a", "b");
    const start = () => harness.start("c", { jobType: "t", requestId: "r" });
    await expect(start()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({ outcome: "dropped" });
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await start()).toMatchObject({ started: true });
  });
});

describe("the queue of a type, in mode wait", () => {
  const full = twoSlots({ capacity: 1 });

  it("holds the Start back until there is room, in order, without holding up others", async () => {
    await using harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const order: string[] = [];
    for (const jobId of ["d", "e"]) {
      void harness
        .start(jobId, { jobType: "t" })
        .then(({ status }) => order.push(`${jobId} ${status?.state}`));
    }
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({ state: "running" });
    expect(order).toEqual([]);
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(order).toEqual(["d pending"]);
    await harness.stop("d");
    await harness.settle();
    expect(order).toEqual(["d pending", "e pending"]);
  });

  it("lets nobody who comes later go first", async () => {
    await using harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const early = harness.start("early", { jobType: "t" });
    await harness.settle();
    const stopped = harness.stop("c");
    const late = harness.start("late", { jobType: "t", priority: "critical" });
    await stopped;
    expect(await early).toMatchObject({ status: { state: "pending" } });
    harness.runner.of("a").succeed();
    expect(await late).toMatchObject({ status: { state: "pending" } });
  });

  it("tells a caller who gives up, and never runs what he asked for", async () => {
    await using harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const gone = new AbortController();
    const start = harness.start("d", { jobType: "t" }, { signal: gone.signal });
    await harness.settle();
    gone.abort();
    await expect(start).rejects.toMatchObject({ code: "COMMAND_CANCELLED" });
    harness.runner.of("a").succeed();
    await harness.settle();
    await expect(harness.status("d")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("tells a caller whose deadline passes", async () => {
    await using harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const start = harness.start("d", { jobType: "t" }, { deadlineMs: harness.clock.now() + 1000 });
    start.catch(() => {});
    await harness.clock.advance(990);
    await expect(start).rejects.toMatchObject({ code: "COMMAND_EXPIRED" });
  });

  it("lets a Stop of the same job supersede it", async () => {
    await using harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const start = harness.start("d", { jobType: "t" });
    start.catch(() => {});
    await harness.settle();
    await expect(harness.stop("d")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    await expect(start).rejects.toMatchObject({ code: "COMMAND_SUPERSEDED" });
  });

  it("refuses when too many wait for room already", async () => {
    await using harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const waiting = Array.from({ length: 10 }, (_, index) => harness.start(`w${index}`, { jobType: "t" }));
    for (const start of waiting) start.catch(() => {});
    await harness.settle();
    await expect(harness.start("one-too-many", { jobType: "t" })).rejects.toMatchObject({
      code: "QUEUE_FULL",
    });
  });

  it("tells those who still wait when the server ends", async () => {
    const harness = await Harness.start(full);
    await startAll(harness, "a", "b", "c");
    const start = harness.start("d", { jobType: "t" });
    start.catch(() => {});
    await harness.settle();
    await harness[Symbol.asyncDispose]();
    await expect(start).rejects.toMatchObject({ code: "DRAINING" });
  });

  it("costs one token, however long it waits", async () => {
    await using harness = await Harness.start({ ...full, rate: { rate: 0.001, burst: 6 } });
    await startAll(harness, "a", "b", "c");
    const start = harness.start("d", { jobType: "t" });
    await harness.settle();
    harness.runner.of("a").succeed();
    expect(await start).toMatchObject({ status: { state: "pending" } });
    expect(harness.bucket?.available).toBeCloseTo(2);
  });

  it("holds it back no longer once its job has come to be as asked", async () => {
    await using harness = await Harness.start(oneSlotAndPlace);
    await startAll(harness, "a", "b");
    const [first, second] = [harness.start("c", { jobType: "t" }), harness.start("c", { jobType: "t" })];
    await harness.settle();
    await harness.stop("b");
    expect(await first).toMatchObject({ receipt: { outcome: "applied" } });
    expect(await second).toMatchObject({ receipt: { outcome: "no-change" } });
  });

  it("has it go on whatever makes the room: the last command of a full batch, too", async () => {
    await using harness = await Harness.start({ ...oneSlotAndPlace, lane: { capacity: 1000 } });
    await startAll(harness, "a", "b");
    const third = harness.start("c", { jobType: "t" });
    await harness.settle();
    const reads = Array.from({ length: 255 }, () => harness.status("a", { priority: "high" }));
    await harness.stop("b");
    await Promise.all(reads);
    expect(await third).toMatchObject({ status: { state: "pending" } });
  });

  it("also a Stop that is the first to be written after a failure", async () => {
    const store = new FailingStore();
    const { types } = oneSlotAndPlace;
    await using harness = await Harness.start({ types: [...types, { name: "x" }], store });
    await startAll(harness, "a", "b");
    const third = harness.start("c", { jobType: "t" });
    await harness.settle();
    store.error = diskFull;
    await expect(harness.start("x")).rejects.toMatchObject({ code: "STORE_FULL" });
    store.error = undefined;
    await harness.stop("b");
    expect(await third).toMatchObject({ status: { state: "pending" } });
  });

  it("tells how long it waited for what", async () => {
    const { types } = oneSlotAndPlace;
    await using harness = await Harness.start({
      types: [...types, { name: "x" }],
      rate: { rate: 0.1, burst: 2 },
    });
    await startAll(harness, "a", "b");
    const third = harness.start("c", { jobType: "t" });
    await harness.clock.advance(10_000);
    const fourth = harness.start("x");
    await harness.clock.advance(5000);
    harness.runner.of("a").succeed();
    await harness.settle();
    expect((await third).receipt).toMatchObject({ tokenWaitMs: 10_000, queueWaitMs: 5000 });
    await harness.clock.advance(5000);
    expect((await fourth).receipt).toMatchObject({ tokenWaitMs: 10_000, queueWaitMs: 0 });
  });
});

describe("concurrency and its queue, under any commands", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("start" as const),
      job: fc.integer({ min: 0, max: 6 }),
      replace: fc.boolean(),
    }),
    fc.record({
      kind: fc.constantFrom("stop", "pause", "resume", "end" as const),
      job: fc.integer({ min: 0, max: 6 }),
    }),
  );

  it("never has more runs than slots, never a free slot and a job that waits, and keeps the order", async () => {
    const fullModes = fc.constantFrom("wait", "drop-write", "drop-newest", "drop-oldest" as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 50 }),
        fc.record({ capacity: fc.integer({ min: 0, max: 2 }), fullMode: fullModes }),
        async (steps, queue) => {
          await using harness = await Harness.start(twoSlots(queue));
          const calls: Promise<unknown>[] = [];
          for (const one of steps) {
            const jobId = `job-${one.job}`;
            if (one.kind === "start") {
              const conflictPolicy = one.replace ? "replace" : "use-existing";
              calls.push(harness.start(jobId, { jobType: "t", conflictPolicy }));
            } else if (one.kind === "end") {
              const run = harness.runner.runs.findLast(({ request }) => request.jobId === jobId);
              run?.succeed();
            } else calls.push(harness[one.kind](jobId));
            calls.at(-1)?.catch(() => {});
            await harness.settle();
            const { jobs } = harness.list();
            const running = jobs.filter(({ state }) => state === "running" || state === "stopping").length;
            const pending = jobs.filter(({ state }) => state === "pending").length;
            expect(running).toBeLessThanOrEqual(2);
            expect(pending).toBeLessThanOrEqual(queue.capacity);
            if (pending > 0) expect(running).toBe(2);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
