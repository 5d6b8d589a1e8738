import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import type { Log } from "../../src/server/log.ts";
import { createLogJournal } from "../../src/server/log-journal.ts";
import { Harness, type HarnessOptions } from "../control/core-harness.ts";

type Entry = readonly [level: string, message: string, fields: object];

/** A core whose journal is a log, and what is in that. */
async function logged(options: HarnessOptions = {}): Promise<{ harness: Harness; entries: Entry[] }> {
  const entries: Entry[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void entries.push([level, message, fields]);
  const log: Log = { info: at("info"), warn: at("warn"), error: at("error") };
  return { harness: await Harness.start({ journal: createLogJournal(log), ...options }), entries };
}

async function runOnce(harness: Harness, jobId: string, failing: boolean): Promise<void> {
  await harness.start(jobId, { jobType: "t" });
  const run = harness.runner.of(jobId);
  if (failing) run.fail();
  else run.succeed();
  await harness.settle();
}

describe("The log of what the core does", () => {
  it("has nothing of commands and runs that go as they should", async () => {
    const { harness, entries } = await logged();
    await harness.start("job");
    await harness.stop("job");
    harness.runner.of("job").fail("ABORTED");
    await harness.settle();
    await harness[Symbol.asyncDispose]();
    expect(entries).toEqual([]);
  });

  it("has a run that is ended by force, once, with who asked and for which command it ran", async () => {
    const { harness, entries } = await logged();
    const { receipt, status } = await harness.start("job");
    await harness.stop("job", { graceMs: 500, reason: "enough" });
    await harness.clock.advance(500);
    await harness.stop("job", { force: true });
    const run = { jobId: "job", jobType: "job", runId: status?.currentRun?.runId, attempt: 1 };
    const asked = { commandId: receipt.commandId, requestedBy: "tester", reason: "enough" };
    expect(entries).toEqual([["warn", "Ending a run by force", { ...run, ...asked }]]);
    await harness[Symbol.asyncDispose]();
  });

  it("has a run that a crash cut short, once", async () => {
    const store = createMemoryStore({ history: 100 });
    const before = await Harness.start({ store });
    const { status } = await before.start("job");
    await before[Symbol.asyncDispose]();
    const { harness, entries } = await logged({ store });
    const run = { jobId: "job", jobType: "job", runId: status?.currentRun?.runId, attempt: 1 };
    expect(entries).toEqual([["warn", "Run was lost: its server ended", run]]);
    await harness[Symbol.asyncDispose]();
  });

  it("has the circuit of a type when it opens, and when it has closed again", async () => {
    const types = [{ name: "t", template: true, breaker: { failures: 2, halfOpenAfterMs: 30_000 } }];
    const { harness, entries } = await logged({ types });
    for (const jobId of ["a", "b"]) await runOnce(harness, jobId, true);
    await harness.clock.advance(30_000);
    // It probes, and is open as before.
    await runOnce(harness, "a", true);
    await harness.clock.advance(30_000);
    await runOnce(harness, "b", false);
    await runOnce(harness, "a", false);
    expect(entries).toEqual([
      ["warn", "Circuit opened: no attempt of the type begins for a while", { jobType: "t", failures: 2 }],
      ["info", "Circuit closed", { jobType: "t" }],
    ]);
    await harness[Symbol.asyncDispose]();
  });
});
