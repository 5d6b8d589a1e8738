import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { brief, Harness, type HarnessOptions } from "./core-harness.ts";

const types = [{ name: "a" }, { name: "b" }];

/** Ends the first core, lets `meanwhile` happen in a second one that nobody watches, and begins a third. */
async function restarted(options: HarnessOptions, meanwhile: (harness: Harness) => Promise<unknown>) {
  const store = createMemoryStore({ history: options.ring ?? 1000 });
  const first = await Harness.start({ types, store, ...options });
  await first.start("a", { labels: { team: "x" } });
  first.runner.of("a").succeed();
  await first.settle();
  const before = await first.watch().snapshot();
  await first[Symbol.asyncDispose]();
  const second = await Harness.start({ types, store, ...options });
  await meanwhile(second);
  await second[Symbol.asyncDispose]();
  const end = before.at(-1);
  const resumeToken = end?.kind === "snapshot-end" ? end.resumeToken : "";
  return { resumeToken, harness: await Harness.start({ types, store, ...options }) };
}

async function runOnce(harness: Harness, jobId: string, labels: Record<string, string> = {}): Promise<void> {
  await harness.start(jobId, { labels });
  harness.runner.of(jobId).succeed();
  await harness.settle();
}

describe("a watch that resumes after the server was started again", () => {
  it("gets exactly what it missed, and what comes", async () => {
    const { resumeToken, harness } = await restarted({}, (second) => runOnce(second, "b"));
    await using watch = harness.watch({ resumeToken, delivery: "every-transition" });
    expect((await watch.snapshot()).map(brief)).toEqual([
      "changed b running",
      "changed b succeeded",
      "snapshot-end",
    ]);
    await runOnce(harness, "a");
    expect((await watch.take(2)).map(brief)).toEqual(["changed a running", "changed a succeeded"]);
    await harness[Symbol.asyncDispose]();
  });

  it("begins with the end of its snapshot where it missed nothing", async () => {
    const { resumeToken, harness } = await restarted({}, async () => {});
    await using watch = harness.watch({ resumeToken });
    expect((await watch.snapshot()).map(brief)).toEqual(["snapshot-end"]);
    await harness[Symbol.asyncDispose]();
  });

  it("hears of a job that lost the labels it was chosen by", async () => {
    const { resumeToken, harness } = await restarted({}, (second) => runOnce(second, "a", { team: "y" }));
    await using watch = harness.watch({ resumeToken, labels: { team: "x" } });
    expect((await watch.snapshot()).map(brief)).toEqual(["removed a running", "snapshot-end"]);
    await harness[Symbol.asyncDispose]();
  });

  it("is reset where what it missed is no longer kept", async () => {
    const { resumeToken, harness } = await restarted({ ring: 3 }, async (second) => {
      await runOnce(second, "a");
      await runOnce(second, "b");
    });
    await using watch = harness.watch({ resumeToken });
    expect((await watch.snapshot()).map(brief)[0]).toBe("reset");
    await harness[Symbol.asyncDispose]();
  });
});

describe("a core on what another left behind", () => {
  it("gives an answered request its answer, and goes on counting revisions", async () => {
    const store = createMemoryStore();
    const first = await Harness.start({ types, store });
    const { receipt, status } = await first.start("a", { requestId: "r" });
    await first[Symbol.asyncDispose]();
    await using second = await Harness.start({ types, store });
    expect(await second.start("a", { requestId: "r" })).toMatchObject({ replayed: true, receipt, status });
    const lost = await second.status("a");
    const { status: other } = await second.start("b");
    expect([lost.revision, other?.revision]).toEqual([1, 2].map((more) => (status?.revision ?? 0) + more));
  });
});

describe("a job whose type is configured anew", () => {
  const every = (intervalMs: number) =>
    ({ kind: "interval", intervalMs, overlap: "skip", catchUpMs: 0 }) as const;
  const a = (intervalMs?: number) => [
    { name: "a", ...(intervalMs !== undefined && { schedule: every(intervalMs) }) },
  ];

  /** A core with job `a` in some state, and another on what it left behind, with other types. */
  async function reconfigured(
    [before, after]: readonly [HarnessOptions["types"], HarnessOptions["types"]],
    meanwhile: (first: Harness) => Promise<unknown>,
  ): Promise<Harness> {
    const store = createMemoryStore();
    const first = await Harness.start({ types: before ?? [], store });
    await meanwhile(first);
    await first[Symbol.asyncDispose]();
    return Harness.start({ types: after ?? [], store });
  }

  async function waiting(first: Harness): Promise<void> {
    await first.start("a");
    first.runner.of("a").succeed();
    await first.settle();
  }

  it("goes by the schedule that its type has now", async () => {
    await using harness = await reconfigured([a(60_000), a(1000)], waiting);
    const { state, schedule, nextRunTimeMs } = await harness.status("a");
    expect({ state, schedule }).toEqual({ state: "scheduled", schedule: every(1000) });
    expect(nextRunTimeMs).toBe(harness.clock.now() + 1000);
    await harness.clock.advance(1000);
    expect(await harness.status("a")).toMatchObject({ state: "running", executionCount: 2 });
  });

  it("keeps the schedule that its Start brought", async () => {
    await using harness = await reconfigured([a(60_000), a(1000)], async (first) => {
      await first.start("a", { schedule: every(5000) });
      first.runner.of("a").succeed();
      await first.settle();
    });
    expect(await harness.status("a")).toMatchObject({ state: "scheduled", schedule: every(5000) });
  });

  it("is stopped where its type has no schedule any more", async () => {
    await using harness = await reconfigured([a(60_000), a()], waiting);
    const status = await harness.status("a");
    expect(status).toMatchObject({ state: "stopped", desiredState: "stopped", reason: "SCHEDULE_REMOVED" });
    expect(status.schedule).toBeUndefined();
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({ state: "succeeded" });
  });

  it("stays paused, and goes by the new schedule once it is resumed", async () => {
    await using harness = await reconfigured([a(60_000), a(1000)], async (first) => {
      await waiting(first);
      await first.pause("a");
    });
    expect(await harness.status("a")).toMatchObject({ state: "paused", schedule: every(1000) });
    const { status } = await harness.resume("a");
    expect(status).toMatchObject({ state: "scheduled", nextRunTimeMs: harness.clock.now() + 1000 });
  });

  it("is run by the schedule from the next Start on where it was settled", async () => {
    await using harness = await reconfigured([a(), a(1000)], waiting);
    expect(await harness.status("a")).toMatchObject({ state: "succeeded", schedule: every(1000) });
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({ state: "scheduled" });
  });

  it("goes on by the schedule after a run that was cut short before there was one", async () => {
    const restarts = (types: ReturnType<typeof a>) =>
      types.map((type) => ({ ...type, onLost: "restart" as const }));
    await using harness = await reconfigured([restarts(a()), restarts(a(1000))], async (first) => {
      await first.start("a");
      const drained = first.core.drain({ timeoutMs: 1000 });
      await first.settle();
      first.runner.of("a").fail("ABORTED");
      await drained;
    });
    expect(await harness.status("a")).toMatchObject({ state: "running", executionCount: 2 });
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.status("a")).toMatchObject({
      state: "scheduled",
      nextRunTimeMs: harness.clock.now() + 1000,
    });
  });

  it("keeps its schedule while its type is not declared", async () => {
    await using harness = await reconfigured([a(60_000), [{ name: "b" }]], waiting);
    expect(await harness.status("a")).toMatchObject({ state: "scheduled", schedule: every(60_000) });
  });

  it("changes nothing where the schedule is the same", async () => {
    const store = createMemoryStore();
    const first = await Harness.start({ types: a(1000), store });
    await waiting(first);
    const before = await first.status("a");
    await first[Symbol.asyncDispose]();
    await using second = await Harness.start({ types: a(1000), store });
    expect((await second.status("a")).revision).toBe(before.revision);
  });
});
