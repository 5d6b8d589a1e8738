import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import type { OutputSource } from "../../src/job/output-line.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import { ProcessOutput } from "../../src/runner/process-output.ts";
import { RunReport } from "../../src/runner/run-report.ts";
import type { WrittenLines } from "../../src/runner/runner.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { nodeWork } from "./node-work.ts";
import { Recording, settle } from "./recording.ts";

/** A run of this script, alone. */
function start(script: string, recording: Recording) {
  const works = new Map([["work", nodeWork(script)]]);
  const runner = createRunner({ works, clock: systemClock });
  const run = runner.start({ jobId: "job", jobType: "work", runId: "run", attempt: 1, input: {} }, recording);
  return { run, [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose]() };
}

/** Counts what is written. */
class Counter extends Recording {
  count = 0;
  bytes = 0;

  override wrote(_source: OutputSource, lines: WrittenLines): void {
    this.count += lines.count;
    this.bytes += lines.bytes;
  }
}

/** Ends the run at its first line. */
class Impatient extends Recording {
  atFirstLine: () => void = () => {};

  override wrote(source: OutputSource, lines: WrittenLines): void {
    super.wrote(source, lines);
    this.atFirstLine();
  }
}

describe("ProcessOutput", () => {
  it("tells what is written line by line, each pipe's in its order, the last also without its end", async () => {
    const recording = new Recording();
    await using _ = start(
      `const { writeSync } = require("node:fs");
      writeSync(1, "one\\r\\n\\n  two\\tcolumns\\nth");
      writeSync(2, "warning\\nerror");
      writeSync(1, "ree");`,
      recording,
    );
    await recording.end;
    const of = (source: string) => recording.lines.filter((line) => line.startsWith(source));
    expect(of("stdout")).toEqual(["stdout: one", "stdout: ", "stdout:   two\tcolumns", "stdout: three"]);
    expect(of("stderr")).toEqual(["stderr: warning", "stderr: error"]);
  });

  it("tells it while the program goes on", async () => {
    const recording = new Impatient();
    await using started = start("console.log('begun'); setInterval(() => {}, 1000)", recording);
    recording.atFirstLine = () => started.run.kill();
    expect(await recording.end).toMatchObject({ reason: "SIGNALLED" });
    expect(recording.lines).toEqual(["stdout: begun"]);
  });

  it("loses no line of a flood, though it does not read it all at once", async () => {
    const counter = new Counter();
    await using _ = start(
      `const lines = ("x".repeat(99) + "\\n").repeat(1000);
      for (let i = 0; i < 200; i++) require("node:fs").writeSync(1, lines);
      process.stdout.write("last");`,
      counter,
    );
    expect(await counter.end).toMatchObject({ message: "last" });
    expect(counter).toMatchObject({ count: 200_001, bytes: 20_000_004 });
  });

  it("reads so much of a flood at a time, and then lets everybody else have a turn", async () => {
    const clock = new FakeClock();
    const counter = new Counter();
    const output = new ProcessOutput(new RunReport(counter), clock);
    const pipe = new PassThrough({ highWaterMark: 4 * 1024 * 1024 });
    const chunk = Buffer.from("y\n".repeat(32_768));
    for (let i = 0; i < 10; i++) pipe.write(chunk);
    output.read("stdout", pipe);
    await settle();
    expect(counter.bytes).toBe(2 * chunk.length);
    await clock.advance(2);
    expect(counter.bytes).toBe(4 * chunk.length);
    await clock.advance(100);
    expect(counter.bytes).toBe(10 * chunk.length);
  });
});
