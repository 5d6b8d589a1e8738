import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import { RunMarks } from "../../src/runner/run-marks.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { nodeWork } from "./node-work.ts";
import { Recording } from "./recording.ts";
import { Witness } from "./witness.ts";

/** A server runs the script, and is killed when the script says that it is there. */
async function killedServer(folder: string, witness: Witness, script: string): Promise<void> {
  const file = new URL("./doomed-server.ts", import.meta.url).pathname;
  const server = spawn(process.execPath, [file, folder, witness.path, script], { stdio: "inherit" });
  await witness.arrival("work");
  server.kill("SIGKILL");
  await once(server, "exit");
}

/** A process that is asked to end, says so, and goes on. */
const doesNotHeed = `process.on("SIGTERM", () => arrive("asked")); arrive("work");`;

describe("RunMarks.endLeftovers()", () => {
  it("ends a process that outlived its server, and all that it has started", async () => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    const marked = join(folder.path, "runs");
    // The child does not inherit the mark, yet belongs to the group.
    const script = `child("arrive('child')", { stdio: "ignore", env: process.env }); arrive("work");`;
    await killedServer(marked, witness, script);
    await witness.arrival("child");
    const seen: string[] = [];
    const onLeftover = ({ runId }: { runId: string }) => seen.push(runId);
    await new RunMarks({ folder: marked, clock: systemClock, onLeftover }).endLeftovers();
    await Promise.all([witness.departure("work"), witness.departure("child")]);
    expect(new Set(seen)).toEqual(new Set(["run-1"]));
    expect(existsSync(marked)).toBe(false);
  });

  it.each([
    ["link", "real"],
    ["real", "link"],
    ["link", "link"],
  ])("finds what was marked by the folder's %s name by its %s one", async (marking, looking) => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    mkdirSync(join(folder.path, "real"));
    symlinkSync("real", join(folder.path, "link"));
    await killedServer(join(folder.path, marking, "runs"), witness, `arrive("work");`);
    await new RunMarks({ folder: join(folder.path, looking, "runs"), clock: systemClock }).endLeftovers();
    await witness.departure("work");
  });

  it("asks first, and kills what does not heed it", async () => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    const clock = new FakeClock();
    await killedServer(join(folder.path, "runs"), witness, doesNotHeed);
    const ended = new RunMarks({ folder: join(folder.path, "runs"), clock }).endLeftovers();
    await clock.advance(0);
    await witness.arrival("asked");
    await clock.advance(2_900);
    expect(witness.sees("work")).toBe(true);
    await clock.advance(200);
    await witness.departure("work");
    await clock.advance(100);
    await ended;
  });

  it("kills nobody any more once it was given up", async () => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    const clock = new FakeClock();
    await killedServer(join(folder.path, "runs"), witness, doesNotHeed);
    const given = new AbortController();
    const marks = new RunMarks({ folder: join(folder.path, "runs"), clock });
    const ended = marks.endLeftovers({ signal: given.signal });
    const refused = expect(ended).rejects.toThrow("enough");
    await witness.arrival("asked");
    given.abort(new Error("enough"));
    await refused;
    expect(clock.pendingTimers).toBe(0);
    expect(witness.sees("work")).toBe(true);
    witness.dismiss("work");
    await witness.departure("work");
  });

  it("leaves alone what carries no mark, or that of another folder", async () => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    await killedServer(join(folder.path, "other"), witness, `arrive("work");`);
    await new RunMarks({ folder: join(folder.path, "ours"), clock: systemClock }).endLeftovers();
    expect(witness.sees("work")).toBe(true);
    witness.dismiss("work");
    await witness.departure("work");
  });

  it("forgets marks whose processes have ended by themselves", async () => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    await killedServer(join(folder.path, "runs"), witness, `arrive("work");`);
    witness.dismiss("work");
    await witness.departure("work");
    const seen: number[] = [];
    const onLeftover = ({ pid }: { pid: number }) => seen.push(pid);
    await new RunMarks({ folder: join(folder.path, "runs"), clock: systemClock, onLeftover }).endLeftovers();
    expect(seen).toEqual([]);
    expect(existsSync(join(folder.path, "runs"))).toBe(false);
  });
});

describe("a run of a process with a mark", () => {
  it("has it while it goes on, and takes it away at its end", async () => {
    await using folder = await TemporaryFolder.create();
    await using witness = await Witness.open();
    const marks = new RunMarks({ folder: join(folder.path, "runs"), clock: systemClock });
    const work = nodeWork(`arrive("work")`, { env: { WITNESS: witness.path } });
    await using runner = createRunner({ works: new Map([["t", work]]), clock: systemClock, marks });
    const recording = new Recording();
    runner.start({ jobId: "j", jobType: "t", runId: "run-7", attempt: 1, input: {} }, recording);
    await witness.arrival("work");
    expect(readdirSync(join(folder.path, "runs"))).toEqual(["run-7"]);
    witness.dismiss("work");
    await recording.end;
    expect(existsSync(join(folder.path, "runs"))).toBe(false);
  });

  it("leaves none behind where the program cannot be started", async () => {
    await using folder = await TemporaryFolder.create();
    const marks = new RunMarks({ folder: join(folder.path, "runs"), clock: systemClock });
    const work = nodeWork("", { cwd: "/nowhere" });
    await using runner = createRunner({ works: new Map([["t", work]]), clock: systemClock, marks });
    const recording = new Recording();
    runner.start({ jobId: "j", jobType: "t", runId: "run-7", attempt: 1, input: {} }, recording);
    expect(await recording.end).toMatchObject({ reason: "SPAWN_FAILED" });
    expect(existsSync(join(folder.path, "runs"))).toBe(false);
  });

  it("fails the run where it cannot be made", async () => {
    await using folder = await TemporaryFolder.with({ runs: "no folder" });
    const marks = new RunMarks({ folder: join(folder.path, "runs"), clock: systemClock });
    const runner = createRunner({ works: new Map([["work", nodeWork("")]]), clock: systemClock, marks });
    const recording = new Recording();
    runner.start({ jobId: "j", jobType: "work", runId: "run-1", attempt: 1, input: {} }, recording);
    expect(await recording.end).toMatchObject({ kind: "failed" });
  });
});
