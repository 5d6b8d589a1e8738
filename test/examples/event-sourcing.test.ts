import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { killAll } from "../cli/jobctl-process.ts";
import { ServedExample } from "./served-example.ts";

const journal = "examples/event-sourcing/events.jsonl";
let example: ServedExample;

beforeAll(async () => {
  rmSync(journal, { force: true });
  example = await ServedExample.start("event-sourcing");
});

afterAll(async () => {
  example[Symbol.dispose]();
  await killAll();
  rmSync(journal, { force: true });
});

interface BankResult {
  readonly events: number;
  readonly balances: Readonly<Record<string, number>>;
  readonly alerts: number;
  readonly shown: number;
  readonly skipped: number;
}

async function runBank(input = {}): Promise<BankResult> {
  const status = await example.run("bank", input);
  expect(status.state).toBe(JobState.SUCCEEDED);
  return status.result as unknown as BankResult;
}

describe("event sourcing", () => {
  it("gives every event to the handlers that may miss none", async () => {
    const { events, alerts, balances } = await runBank({ commands: 2000 });
    const written = readFileSync(journal, "utf8").trimEnd().split("\n");
    expect(events).toBe(2000);
    expect(written.map((line) => JSON.parse(line).number)).toEqual(
      Array.from({ length: 2000 }, (_, n) => n + 1),
    );
    expect(alerts).toBeGreaterThan(0);
    expect(await example.output("bank")).toHaveLength(alerts);
    expect(Object.values(balances).every((balance) => balance >= 0)).toBe(true);
  });

  it("is not held up by a slow screen, which skips events and says how many", async () => {
    const { events, shown, skipped } = await runBank({ commands: 2000 });
    expect(skipped).toBeGreaterThan(0);
    expect(shown + skipped).toBe(events);
  });

  it("comes to the same balances again, from the journal alone", async () => {
    const { events, balances } = await runBank({ commands: 1000, seed: 7 });
    const replayed = await example.run("replay");
    expect(replayed).toMatchObject({ state: JobState.SUCCEEDED, result: { events, balances } });
  });

  it("fails where the journal has a gap, and names the stage", async () => {
    await runBank({ commands: 10 });
    const lines = readFileSync(journal, "utf8").split("\n");
    writeFileSync(journal, lines.toSpliced(4, 1).join("\n"));
    expect(await example.run("replay")).toMatchObject({
      state: JobState.FAILED,
      message: expect.stringContaining("Pipeline failed in apply: Event 5 is missing"),
    });
  });

  it("tells how far each handler is, and stops half way", async () => {
    const { currentRun } = await example.runUntil(
      "bank",
      { commands: 10_000_000 },
      ({ currentRun }) => (currentRun?.progress?.current ?? 0) > 100,
    );
    expect(currentRun?.progress).toMatchObject({
      total: 10_000_000,
      unit: "commands",
      message: expect.stringMatching(
        /^decide \d+.*, journal \d+.*, balances \d+.*, alerts \d+.*, screen \d+ \(\d+ wait, \d+ dropped\)$/,
      ),
    });
    const { status } = await example.client.jobs.stop({ jobId: "bank", wait: true });
    expect(status).toMatchObject({ state: JobState.STOPPED });
  });
});
