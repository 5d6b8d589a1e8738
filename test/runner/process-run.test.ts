import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import type { Progress } from "../../src/job/job-status.ts";
import type { JsonObject } from "../../src/job/json.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import { createRunner, type RunnerOptions } from "../../src/runner/create-runner.ts";
import { RunMarks } from "../../src/runner/run-marks.ts";
import type { Runner } from "../../src/runner/runner.ts";
import type { ProcessWork } from "../../src/runner/work.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { nodeWork } from "./node-work.ts";
import { Recording, settle } from "./recording.ts";
import { Witness } from "./witness.ts";

describe("ProcessRun: what the program is given", () => {
  it("has no environment but what is declared", async () => {
    const script = "console.log(JSON.stringify(process.env))";
    for (const env of [{}, { A: "1", B: "" }]) {
      const succeeded = { kind: "succeeded", message: "", result: env, exitCode: 0 };
      expect(await outcome(nodeWork(script, { env }))).toEqual(succeeded);
    }
  });

  it("gets the fields of its input that are declared, as variables", async () => {
    const script = "console.log(JSON.stringify(process.env))";
    const inputEnv = {
      WIDTH: "width",
      NAME: "name",
      TAGS: "tags",
      NONE: "none",
      NULL: "null",
      TEXT: "constructor",
    };
    const work = nodeWork(script, { env: { A: "1" }, inputEnv });
    const input = { width: 3.5, name: "a\nb $HOME", tags: ["x", { y: false }], null: null, PATH: "/evil" };
    expect(await outcome(work, input)).toMatchObject({
      result: { A: "1", WIDTH: "3.5", NAME: "a\nb $HOME", TAGS: '["x",{"y":false}]' },
    });
    expect(await outcome(work, {})).toEqual({
      kind: "succeeded",
      message: "",
      result: { A: "1" },
      exitCode: 0,
    });
  });

  it("is not started with what no variable can hold", async () => {
    const work = nodeWork("", { inputEnv: { NAME: "name" } });
    expect(await outcome(work, { name: "a\0b" })).toEqual({
      kind: "failed",
      reason: "INVALID_INPUT",
      message: "input.name cannot be given as NAME: it holds a NUL",
      retryable: false,
    });
    const tooLong = await outcome(work, { name: "x".repeat(3_000_000) });
    expect(tooLong).toMatchObject({ reason: "SPAWN_FAILED", message: expect.stringContaining("E2BIG") });
  });

  it("is found on the server's PATH by its bare name, which is also its argv[0]", async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, "not-a-program"), "");
    await mkdir(join(folder.path, "a-folder"));
    await symlink(process.execPath, join(folder.path, "somewhere-else"));
    // `ls` is in the relative folder, which must not count.
    vi.stubEnv("PATH", `:${relative(process.cwd(), "/bin")}:/nowhere:${folder.path}`);
    try {
      const command = ["somewhere-else", "-p", "process.argv0"] as const;
      expect(await outcome({ ...nodeWork(""), command })).toMatchObject({ message: "somewhere-else" });
      for (const program of ["not-a-program", "a-folder", "ls"]) {
        expect(await outcome({ ...nodeWork(""), command: [program] })).toMatchObject({
          message: `Program not found: ${program}`,
        });
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("is found on the declared PATH, where there is one", async () => {
    await using folder = await TemporaryFolder.create();
    await symlink(process.execPath, join(folder.path, "somewhere-else"));
    const work = nodeWork("", { env: { PATH: folder.path } });
    expect(await outcome({ ...work, command: ["somewhere-else", "-p", "1"] })).toMatchObject({
      message: "1",
    });
    expect(await outcome({ ...work, command: ["ls"] })).toMatchObject({ reason: "SPAWN_FAILED" });
  });

  it("runs in its working directory, from which a relative program is taken", async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, "here.sh"), "#!/bin/sh\npwd\n");
    await chmod(join(folder.path, "here.sh"), 0o755);
    const work = { ...nodeWork("", { cwd: folder.path }), command: ["./here.sh"] as const };
    expect(await outcome(work)).toMatchObject({ kind: "succeeded", message: folder.path });
  });

  it("gets its arguments as they are, without a shell", async () => {
    const command = [process.execPath, "-p", "process.argv[1]", '$HOME; `ls` "*"'] as const;
    expect(await outcome({ ...nodeWork(""), command })).toMatchObject({ message: '$HOME; `ls` "*"' });
  });

  it("gets its input whole on stdin, however large", async () => {
    const text = "é\n".repeat(100_000);
    const script = `
      const { text } = JSON.parse(require("node:fs").readFileSync(0));
      console.log(text.length, text.at(-2));`;
    const result = await outcome(nodeWork(script, { stdin: "input" }), { text });
    expect(result).toMatchObject({ message: "200000 é" });
  });

  it("need not read its input", async () => {
    const input = { text: "x".repeat(1_000_000) };
    const result = await outcome(nodeWork("console.log('ignored it')", { stdin: "input" }), input);
    expect(result).toMatchObject({ kind: "succeeded", message: "ignored it" });
  });

  it("finds stdin at its end where it gets no input", async () => {
    const script = "console.log(require('node:fs').readFileSync(0).length)";
    expect(await outcome(nodeWork(script), { text: "unused" })).toMatchObject({ message: "0" });
  });
});

describe("ProcessRun: how the program ends", () => {
  it("succeeds at exit code 0, with the last line of stdout as its message", async () => {
    const result = await outcome(
      nodeWork(`console.log("one\\ntwo\\u001b[31m\\n\\n"); console.error("noise")`),
    );
    expect(result).toEqual({ kind: "succeeded", message: "two", exitCode: 0 });
  });

  it("has the one JSON object on stdout as its result", async () => {
    const result = await outcome(
      nodeWork(`console.log(JSON.stringify({ size: 3, deep: { a: [1] } }, null, 2))`),
    );
    expect(result).toEqual({
      kind: "succeeded",
      message: "",
      result: { size: 3, deep: { a: [1] } },
      exitCode: 0,
    });
  });

  it("has no result of any other output", async () => {
    for (const text of [
      "[1]",
      "5",
      "{} {}",
      "{",
      `{"a":`,
      `log\n{"a":1}`,
      `${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
    ]) {
      const result = await outcome(nodeWork(`process.stdout.write(${JSON.stringify(text)})`));
      expect(result).toMatchObject({ kind: "succeeded", message: text.split("\n").at(-1) });
      expect(result).not.toHaveProperty("result");
    }
    const large = await outcome(nodeWork(`console.log(JSON.stringify({ a: "x".repeat(65536) }))`));
    expect(large).not.toHaveProperty("result");
  });

  it("fails at another exit code, with the last line of stderr", async () => {
    const result = await outcome(nodeWork(`console.error("no disk\\u0007"); process.exitCode = 3`));
    const message = "Exited with code 3: no disk";
    expect(result).toEqual({ kind: "failed", reason: "EXIT_CODE", message, retryable: true, exitCode: 3 });
    expect(await outcome(nodeWork("process.exit(4)"))).toMatchObject({ message: "Exited with code 4" });
  });

  it("fails when a signal ends it", async () => {
    const result = await outcome(nodeWork(`process.kill(process.pid, "SIGKILL")`));
    const message = "Ended by SIGKILL";
    expect(result).toEqual({ kind: "failed", reason: "SIGNALLED", message, retryable: true, exitCode: 137 });
  });

  it("is never held up by its output, and little of it is kept", async () => {
    const before = process.memoryUsage().rss;
    const script = `
      const line = "x".repeat(999) + "\\n";
      for (let i = 0; i < 100; i++) require("node:fs").writeSync(i % 2 + 1, line.repeat(500));
      process.stdout.write("last");`;
    expect(await outcome(nodeWork(script))).toMatchObject({ kind: "succeeded", message: "last" });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("takes output that is no text", async () => {
    const script = `
      const bytes = Buffer.from(Array.from({ length: 70000 }, (_, i) => (i * 7919) % 256));
      process.stdout.write(bytes); process.stderr.write(bytes); process.exitCode = 1`;
    const result = await outcome(nodeWork(script));
    expect(result).toMatchObject({ kind: "failed", exitCode: 1 });
    expect(result.message).toMatch(/^Exited with code 1: \P{Cc}+$/u);
    expect(result.message.isWellFormed()).toBe(true);
  });
});

describe("ProcessRun: progress", () => {
  it("is what the program says in lines of stdout, which are no part of its result", async () => {
    const script = `
      const { writeSync } = require("node:fs");
      writeSync(1, "progress 1/3 first\\nprog"); writeSync(1, "ress 2/3\\n");
      writeSync(1, JSON.stringify({ pages: 3 })); writeSync(1, "\\nprogress 3/3 done");`;
    const recording = await recorded(nodeWork(script));
    expect(await recording.end).toMatchObject({ kind: "succeeded", result: { pages: 3 } });
    expect(recording.progress.at(-1)).toEqual({ current: 3, total: 3, unit: "", message: "done", stage: "" });
    expect(recording.lines).toContain("stdout: progress 2/3");
  });

  it("is a JSON object a line on the declared descriptor, whichever that is", async () => {
    for (const progressFd of [3, 6]) {
      const script = `
        const { writeSync } = require("node:fs");
        writeSync(${progressFd}, '{"current": 1, "total": 2, "unit": "pages"}\\n{"current"');
        writeSync(${progressFd}, ':2,"stage":"last"}');
        console.log("message");`;
      const recording = await recorded(nodeWork(script, { progressFd }));
      expect(await recording.end).toMatchObject({ kind: "succeeded", message: "message" });
      expect(recording.progress.at(-1)).toEqual({
        current: 2,
        total: 0,
        unit: "",
        message: "",
        stage: "last",
      });
    }
  });

  it("has its descriptor beside the mark of the run", async () => {
    await using folder = await TemporaryFolder.create();
    const marks = new RunMarks({ folder: join(folder.path, "runs"), clock: systemClock });
    const script = `require("node:fs").writeSync(4, '{"current":7}\\n')`;
    const recording = await recorded(nodeWork(script, { progressFd: 4 }), { marks });
    expect(await recording.end).toMatchObject({ kind: "succeeded" });
    expect(recording.progress).toMatchObject([{ current: 7 }]);
  });

  it("leaves out what is none, and says so at the end", async () => {
    const wrong = [
      "no JSON",
      "null",
      "[1]",
      '{"current":-1}',
      '{"current":"1"}',
      "{".repeat(100_000),
      "\u0000\u001b[2J",
    ];
    const script = `
      const { writeSync } = require("node:fs");
      for (const line of ${JSON.stringify(wrong)}) writeSync(3, line + "\\n");
      writeSync(3, '{"current":5}\\n\\n');`;
    const recording = await recorded(nodeWork(script, { progressFd: 3 }));
    expect(await recording.end).toMatchObject({ kind: "succeeded" });
    expect(recording.progress.at(-1)).toMatchObject({ current: 5 });
    const [complaint] = recording.lines;
    expect(complaint).toMatch(
      /^log: Descriptor 3: \d+ lines were no progress, the first: no JSON \(SyntaxError: .*\)$/,
    );
  });

  it("is no way to flood the server", async () => {
    const script = `
      const line = '{"current":1}\\n'.repeat(5_000);
      for (let i = 0; i < 200; i++) require("node:fs").writeSync(3, line);
      for (let i = 0; i < 20; i++) require("node:fs").writeSync(1, "progress 1/2 on\\n".repeat(5_000));
      require("node:fs").writeSync(3, "x".repeat(10_000_000));`;
    const before = process.memoryUsage().rss;
    expect(await outcome(nodeWork(script, { progressFd: 3 }), {}, true)).toMatchObject({ kind: "succeeded" });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("may be closed early, and kept open by who left the group", async () => {
    const early = nodeWork(`require("node:fs").closeSync(3); console.log("closed it")`, { progressFd: 3 });
    expect(await outcome(early)).toMatchObject({ kind: "succeeded", message: "closed it" });
    await using witness = await Witness.open();
    const script = `
      child('arrive("daemon")', { detached: true, stdio: ["ignore", "ignore", "ignore", 3], env: process.env }).unref();
      arrive("leader");`;
    const work = nodeWork(script, { env: { WITNESS: witness.path }, progressFd: 3 });
    await using runner = createRunner({ works: new Map([["work", work]]), clock: systemClock });
    const recording = new Recording();
    runner.start({ jobId: "job", jobType: "work", runId: "run", attempt: 1, input: {} }, recording);
    await Promise.all([witness.arrival("leader"), witness.arrival("daemon")]);
    witness.dismiss("leader");
    expect(await recording.end).toMatchObject({ kind: "succeeded" });
    witness.dismiss("daemon");
    await witness.departure("daemon");
  });
});

describe("ProcessRun: hostile programs", () => {
  it("may exit at once, also without taking a large input", async () => {
    const input = { text: "x".repeat(4_000_000) };
    for (const script of ["process.exit(0)", "require('node:fs').closeSync(0); process.exit(0)"]) {
      expect(await outcome(nodeWork(script, { stdin: "input" }), input)).toMatchObject({ kind: "succeeded" });
    }
  });

  it("may write a line without an end", async () => {
    const script = `for (let i = 0; i < 500; i++) require("node:fs").writeSync(1, "x".repeat(100_000));`;
    const before = process.memoryUsage().rss;
    const result = await outcome(nodeWork(script));
    expect(result).toMatchObject({ kind: "succeeded", message: `${"x".repeat(255)}…` });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("ProcessRun: what cannot be started", () => {
  it("fails, and says what an operator can mend", async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, "plain"), "text");
    const works: [work: Partial<ProcessWork>, message: string][] = [
      [{ command: ["no-such-program"] }, "Program not found: no-such-program"],
      [{ command: ["/no/such/program"] }, "Program not found: /no/such/program"],
      [{ command: [join(folder.path, "plain")] }, `Program cannot be executed: ${folder.path}/plain`],
      [{ command: [folder.path] }, `Program cannot be executed: ${folder.path}`],
      [{ cwd: "/no/such/folder" }, "No such working directory: /no/such/folder"],
      [{ cwd: join(folder.path, "plain") }, `No such working directory: ${folder.path}/plain`],
      [{ command: [process.execPath, "x".repeat(3_000_000)] }, `Cannot start ${process.execPath}: E2BIG`],
      [{ env: { A: "\0" } }, `Cannot start ${process.execPath}: ERR_INVALID_ARG_VALUE`],
    ];
    for (const [change, message] of works) {
      const result = await outcome({ ...nodeWork(""), ...change });
      expect(result).toEqual({ kind: "failed", reason: "SPAWN_FAILED", message, retryable: false });
    }
  });

  it("says what it was where its mark cannot be written: nothing is wrong with the program", async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, "plain"), "");
    const marks = new RunMarks({ folder: join(folder.path, "plain", "runs"), clock: systemClock });
    const recording = await recorded(nodeWork(""), { marks });
    expect(await recording.end).toMatchObject({
      reason: "SPAWN_FAILED",
      message: expect.stringMatching(/^Cannot start .*: ENOTDIR: .*mkdir '.*plain\/runs'$/),
    });
  });
});

describe("ProcessRun: the process group", () => {
  it("gets SIGTERM at stop() as a whole, and the run is over when all are gone", async () => {
    await using test = await setup({
      leader: `child('arrive("child")'); ${onTerm("process.exit(0)")}; arrive("leader");`,
    });
    const { run, recording, witness } = await test.started("leader", ["leader", "child"]);
    run.stop();
    expect(await recording.end).toMatchObject({ kind: "succeeded", exitCode: 0 });
    expect(recording.kinds).toEqual(["acknowledged", "ended"]);
    await Promise.all([witness.departure("leader"), witness.departure("child")]);
  });

  it("has ended by the signal that stop() sends, where it does not handle it", async () => {
    await using test = await setup({ leader: `arrive("leader");` });
    const { run, recording } = await test.started("leader", ["leader"]);
    run.stop();
    expect(await recording.end).toMatchObject({
      reason: "SIGNALLED",
      message: "Ended by SIGTERM",
      exitCode: 143,
    });
  });

  it("keeps a stopped run going while a child of its group does", async () => {
    await using test = await setup({
      leader: `child('${onTerm("")}; arrive("child")'); ${onTerm("process.exit(0)")}; arrive("leader");`,
    });
    const { run, recording, witness } = await test.started("leader", ["leader", "child"]);
    run.stop();
    await witness.departure("leader");
    await test.ticks(3);
    expect(recording.kinds).toEqual(["acknowledged"]);
    expect(witness.sees("child")).toBe(true);
    witness.dismiss("child");
    expect(await recording.end).toMatchObject({ kind: "succeeded" });
  });

  it("gets SIGKILL at kill(), also a child that outlived its leader", async () => {
    await using test = await setup({
      leader: `child('${onTerm("")}; arrive("child")'); ${onTerm("process.exit(0)")}; arrive("leader");`,
    });
    const { run, recording, witness } = await test.started("leader", ["leader", "child"]);
    run.stop();
    await witness.departure("leader");
    await test.ticks(3);
    run.kill();
    expect(await recording.end).toMatchObject({ kind: "succeeded" });
    await witness.departure("child");
  });

  it("gets SIGKILL at kill() as a whole", async () => {
    await using test = await setup({
      leader: `child('${onTerm("")}; arrive("child")'); ${onTerm("")}; arrive("leader");`,
    });
    const { run, recording, witness } = await test.started("leader", ["leader", "child"]);
    run.kill();
    expect(await recording.end).toMatchObject({ reason: "SIGNALLED", exitCode: 137 });
    await Promise.all([witness.departure("leader"), witness.departure("child")]);
  });

  it("is ended when its leader ends by itself", async () => {
    await using test = await setup({
      leader: `child('${onTerm("")}; arrive("child")'); arrive("leader");`,
    });
    const { recording, witness } = await test.started("leader", ["leader", "child"]);
    witness.dismiss("leader");
    expect(await recording.end).toMatchObject({ kind: "succeeded", exitCode: 0 });
    await witness.departure("child");
  });

  it("does not wait for who left it and keeps the pipes open", async () => {
    await using test = await setup({
      leader: `
        child('arrive("daemon")', { detached: true, stdio: "inherit" });
        console.log("left one behind");
        arrive("leader");`,
    });
    const { recording, witness } = await test.started("leader", ["leader", "daemon"]);
    witness.dismiss("leader");
    expect(await recording.end).toMatchObject({ kind: "succeeded", message: "left one behind" });
    expect(witness.sees("daemon")).toBe(true);
    witness.dismiss("daemon");
    await witness.departure("daemon");
  });

  it("does not wait for ever for a zombie that nobody reaps", async () => {
    // Leaves a dead process in the group, whose parent leaves the group and never asks for it.
    const perl = "use POSIX; $| = 1; if (fork == 0) { exit } setsid(); print $$; close STDOUT; sleep 30";
    await using test = await setup({
      leader: `
        const parent = require("node:child_process").spawn("/usr/bin/perl", ["-e", ${JSON.stringify(perl)}]);
        parent.stdout.once("data", (pid) => { console.log(String(pid)); arrive("leader"); });
        ${onTerm("process.exit(0)")}`,
    });
    const { run, recording } = await test.started("leader", ["leader"]);
    run.stop();
    const { message } = await recording.end;
    process.kill(Number(message), "SIGKILL");
    expect(recording.kinds).toEqual(["acknowledged", "ended"]);
  });

  it("is gone after the disposal of the runner", async () => {
    await using test = await setup({
      leader: `child('${onTerm("")}; arrive("child")'); ${onTerm("")}; arrive("leader");`,
    });
    const { recording, witness } = await test.started("leader", ["leader", "child"]);
    await test.runner[Symbol.asyncDispose]();
    expect(recording.kinds).toEqual(["ended"]);
    await Promise.all([witness.departure("leader"), witness.departure("child")]);
  });
});

/** The outcome of a run of this work, alone. */
async function outcome(work: ProcessWork, input: JsonObject = {}, mayProgress = false): Promise<RunResult> {
  await using runner = createRunner({ works: new Map([["work", work]]), clock: systemClock });
  const recording = new Inattentive();
  runner.start({ jobId: "job", jobType: "work", runId: "run", attempt: 1, input }, recording);
  const result = await recording.end;
  await settle();
  expect(mayProgress ? recording.kinds.slice(-1) : recording.kinds).toEqual(["ended"]);
  return result;
}

/** A run of this work, alone, that has ended. */
async function recorded(work: ProcessWork, options: Partial<RunnerOptions> = {}): Promise<ProgressRecording> {
  await using runner = createRunner({ works: new Map([["work", work]]), clock: systemClock, ...options });
  const recording = new ProgressRecording();
  runner.start({ jobId: "job", jobType: "work", runId: "run", attempt: 1, input: {} }, recording);
  await recording.end;
  return recording;
}

class ProgressRecording extends Recording {
  get progress(): Progress[] {
    return this.events.flatMap((event) => (event.kind === "progressed" ? [event.progress] : []));
  }
}

/** Does not look at what is written, and so keeps none of it. */
class Inattentive extends Recording {
  override wrote(): void {}
}

function onTerm(then: string): string {
  return `process.on("SIGTERM", () => { ${then} })`;
}

async function setup(scripts: Record<string, string>) {
  const witness = await Witness.open();
  const works = new Map<string, ProcessWork>();
  for (const [type, script] of Object.entries(scripts)) {
    works.set(type, nodeWork(script, { env: { WITNESS: witness.path } }));
  }
  return new Setup(witness, works);
}

class Setup implements AsyncDisposable {
  readonly runner: Runner;
  readonly #witness: Witness;

  constructor(witness: Witness, works: ReadonlyMap<string, ProcessWork>) {
    this.#witness = witness;
    this.runner = createRunner({ works, clock: systemClock });
  }

  /** Starts a run, and waits until all of these have arrived. */
  async started(jobType: string, names: readonly string[]) {
    const recording = new Recording();
    const run = this.runner.start({ jobId: "job", jobType, runId: "run", attempt: 1, input: {} }, recording);
    await Promise.all(names.map((name) => this.#witness.arrival(name)));
    return { run, recording, witness: this.#witness };
  }

  /** Lets the runner look at its groups a few times. */
  async ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick++) {
      await new Promise<void>((resolve) => systemClock.setTimer(25, resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner[Symbol.asyncDispose]();
    await this.#witness[Symbol.asyncDispose]();
  }
}
