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
