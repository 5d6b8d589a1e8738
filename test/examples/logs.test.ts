import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { killAll } from "../cli/jobctl-process.ts";
import { freePort } from "../free-port.ts";
import { ServedExample } from "./served-example.ts";

/** The log collection, and applications that log over TCP. */
const file = "examples/logs/collected.jsonl";
let port: number;
let example: ServedExample;

beforeAll(async () => {
  port = await freePort();
  vi.stubEnv("SYSLOG_PORT", String(port));
  example = await ServedExample.start("logs");
});

beforeEach(() => rmSync(file, { force: true }));

afterAll(async () => {
  example[Symbol.dispose]();
  await killAll();
  vi.unstubAllEnvs();
  rmSync(file, { force: true });
});

interface Stored {
  readonly text?: string;
  /** How many lines are missing here. */
  readonly dropped?: number;
}

function stored(): Stored[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Starts the collection, and resolves once it takes lines, or has failed. */
function begun(input: object) {
  return example.runUntil(
    "collect-logs",
    input,
    ({ state, currentRun }) => state === JobState.FAILED || currentRun?.progress !== undefined,
  );
}

async function collect(input: object): Promise<void> {
  expect(await begun(input)).toMatchObject({ state: JobState.RUNNING });
}

async function sender(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** The numbers in `12 stored, 3 wait, 4 dropped`. */
function countsIn(message = ""): { stored: number; wait: number; dropped: number } {
  const [stored = -1, wait = -1, dropped = -1] = (message.match(/\d+/g) ?? []).map(Number);
  return { stored, wait, dropped };
}

describe("the log collection", () => {
  it("stores every line of every sender where it can keep up", async () => {
    await collect({ lines: 4 });
    const [first, second] = [await sender(), await sender()];
    first.end('<131>1 2026-11-28T05:00:00Z shop checkout 42 - [a@1 b="\\]"] no stock\n');
    second.end("<13>Nov 28 05:00:00 shop cron[17]: nightly run\n\nno syslog at all\r\nwithout an end");
    expect(await example.done("collect-logs")).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { received: 4, stored: 4, dropped: 0 },
    });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(stored()).toHaveLength(4);
    expect(stored()).toEqual(
      expect.arrayContaining([
        { time, severity: "error", host: "shop", app: "checkout", text: "no stock" },
        { time, severity: "notice", host: "shop", app: "cron", text: "nightly run" },
        { time, text: "no syslog at all" },
        { time, text: "without an end" },
      ]),
    );
  });

  it("puts together what comes in pieces, and cuts what is too long", async () => {
    await collect({ lines: 3 });
    const socket = await sender();
    const bytes = Buffer.from(`günstig\n${"x".repeat(200_000)}\nlast\n`);
    // In the middle of the ü.
    socket.write(bytes.subarray(0, 2));
    await example.client.jobs.getStatus({ jobId: "collect-logs" });
    socket.end(bytes.subarray(2));
    await example.done("collect-logs");
    expect(stored().map(({ text }) => text)).toEqual(["günstig", "x".repeat(8192), "last"]);
  });

  it("drops the oldest where lines come faster than it stores them, holds up no sender, and counts every one", async () => {
    await collect({ lines: 20_000, writeMs: 200 });
    expect(await example.run("make-noise")).toMatchObject({ state: JobState.SUCCEEDED });
    // The sender has written all of it, and this goes on with what waits.
    const { status } = await example.client.jobs.getStatus({ jobId: "collect-logs" });
    expect(status).toMatchObject({ state: JobState.RUNNING });
    const { result } = await example.done("collect-logs");
    const counts = result as { received: number; stored: number; dropped: number };
    expect(counts.received).toBe(20_000);
    expect(counts.dropped).toBeGreaterThan(10_000);
    expect(counts.stored + counts.dropped).toBe(20_000);
    // Nothing is missing without a mark where it was.
    let number = 0;
    for (const { text, dropped } of stored()) {
      number += dropped ?? 1;
      if (dropped === undefined) expect(text).toBe(`order ${number} cannot be stored`);
    }
    expect(number).toBe(20_000);
    // The newest are all there: it is the oldest that went.
    expect(
      stored()
        .slice(-1000)
        .every(({ text }) => text !== undefined),
    ).toBe(true);
  });

  it("tells what was dropped while it goes on, and stores what waits when it is stopped", async () => {
    await collect({ writeMs: 100 });
    await example.run("make-noise", { lines: 10_000 });
    const running = await example.runUntil(
      "collect-logs",
      {},
      ({ currentRun }) => countsIn(currentRun?.progress?.message).dropped > 0,
    );
    expect(running.state).toBe(JobState.RUNNING);
    const { status } = await example.client.jobs.stop({ jobId: "collect-logs", wait: true });
    expect(status).toMatchObject({ state: JobState.STOPPED, currentRun: { progress: { current: 10_000 } } });
    const counts = countsIn(status?.currentRun?.progress?.message);
    expect(counts.wait).toBe(0);
    expect(counts.stored + counts.dropped).toBe(10_000);
    expect(stored().filter(({ dropped }) => dropped === undefined)).toHaveLength(counts.stored);
    expect(await example.output("collect-logs")).toEqual([
      `10000 lines received, ${counts.stored} stored, ${counts.dropped} dropped`,
    ]);
  });

  it("takes no number of lines that it could not come to", async () => {
    for (const lines of [0, 1.5, -1, "4"])
      expect(await begun({ lines })).toMatchObject({
        state: JobState.FAILED,
        message: expect.stringContaining("input.lines is no whole number of at least 1"),
      });
  });

  it("fails where its port is taken", async () => {
    const other = createServer();
    await once(other.listen(port, "127.0.0.1"), "listening");
    expect(await example.run("collect-logs")).toMatchObject({
      state: JobState.FAILED,
      message: expect.stringContaining("EADDRINUSE"),
    });
    other.close();
  });
});
