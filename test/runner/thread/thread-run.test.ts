import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/async/clock.ts";
import type { JsonObject } from "../../../src/job/json.ts";
import { createRunner } from "../../../src/runner/create-runner.ts";
import type { RunObserver } from "../../../src/runner/runner.ts";
import type { ThreadWork } from "../../../src/runner/work.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { Recording } from "../recording.ts";
import { threadRun, threadWork } from "../thread-work.ts";
import { Witness } from "../witness.ts";

describe("ThreadRun: what the module is given", () => {
  it("knows which run it is, and gets its input", async () => {
    await using thread = subject(
      threadRun(
        "const { jobId, jobType, runId, attempt, input } = ctx; return { jobId, jobType, runId, attempt, input }",
      ),
    );
    expect(await thread.outcome({ size: [1, "é"] })).toMatchObject({
      kind: "succeeded",
      result: { jobId: "job", jobType: "work", runId: "run", attempt: 2, input: { size: [1, "é"] } },
    });
  });

  it("may be TypeScript, with imports of its own", async () => {
    await using folder = await TemporaryFolder.with({
      "job.ts": `import { twice } from "./twice.ts";
        export function run({ input }: { input: { size: number } }): object { return { size: twice(input.size) }; }`,
      "twice.ts": "export const twice = (size: number): number => size * 2;",
    });
    await using thread = subject(threadFile(folder, "job.ts"));
    expect(await thread.outcome({ size: 4 })).toMatchObject({ result: { size: 8 } });
  });
});

describe("ThreadRun: what crosses over", () => {
  it("tells the progress of a loop that never waits, while it goes on", async () => {
    await using thread = subject(
      threadRun(
        "let n = 0; while (!ctx.signal.aborted) ctx.progress({ current: ++n, unit: 'turns' }); return 'left'",
      ),
    );
    const { run, recording } = thread.start();
    const seen: number[] = [];
    for await (const current of recording.progress()) if (seen.push(current) === 3) break;
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    run.stop();
    expect(await recording.end).toMatchObject({ kind: "succeeded", message: "left" });
    expect(recording.kinds.slice(-2)).toEqual(expect.arrayContaining(["ended"]));
    expect(recording.kinds).toContain("acknowledged");
  });

  it("tells the last progress before the end", async () => {
    await using thread = subject(
      threadRun("for (let n = 0; n <= 10_000; n++) ctx.progress({ current: n, total: 10_000, stage: 'a' })"),
    );
    const { recording } = thread.start();
    await recording.end;
    expect(recording.events.at(-2)).toMatchObject({
      progress: { current: 10_000, total: 10_000, stage: "a" },
    });
  });

  it("throws for wrong progress and messages where they are told", async () => {
    await using thread = subject(
      threadRun(`
        const said = [];
        for (const wrong of [() => ctx.progress({ current: -1 }), () => ctx.log(5), () => ctx.log(Symbol())])
          try { wrong() } catch (error) { said.push(error.name) }
        return { said };`),
    );
    expect(await thread.outcome()).toMatchObject({
      result: { said: ["TypeError", "TypeError", "TypeError"] },
    });
  });

  it("passes on what is logged and printed, all of it before the end, and each to its run", async () => {
    await using thread = subject(
      threadRun(`
        for (let n = 1; n <= 3; n++) { ctx.log("logged " + n); console.log(ctx.input.name + " " + n); }
        console.error("warned\\u001b[31m");`),
    );
    for (const name of ["first", "second"]) {
      const { recording } = thread.start({ name });
      await recording.end;
      const of = (source: string) => recording.lines.filter((line) => line.startsWith(source));
      expect(of("log")).toEqual(["log: logged 1", "log: logged 2", "log: logged 3"]);
      expect(of("stdout")).toEqual([1, 2, 3].map((n) => `stdout: ${name} ${n}`));
      expect(of("stderr")).toEqual(["stderr: warned"]);
    }
  });

  for (const flood of ["ctx.log('x'.repeat(1000))", "console.log('x'.repeat(1000))"]) {
    it(`holds up who floods it, not the server: ${flood}`, async () => {
      await using thread = subject(threadRun(`for (;;) ${flood}`));
      const counted = new Counter(20_000);
      const run = thread.runner.start(request(), counted);
      const before = process.memoryUsage().rss;
      await counted.reached;
      run.kill();
      expect(await counted.end).toMatchObject({ reason: "TERMINATED" });
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    });
  }

  it("takes JSON, a string or nothing for a result, and says what is wrong with another", async () => {
    const outcomes: [body: string, expected: object][] = [
      [
        "return { a: [1, { b: null }], c: undefined }",
        { kind: "succeeded", result: { a: [1, { b: null }] } },
      ],
      ["return 'All done'", { kind: "succeeded", message: "All done" }],
      [
        "return { call: () => {} }",
        { reason: "INVALID_RESULT", message: expect.stringContaining("result.call is of type function") },
      ],
      ["return { big: 1n }", { reason: "INVALID_RESULT" }],
      ["return new Worker()", { reason: "THREW", message: "ReferenceError: Worker is not defined" }],
      ["return new WeakMap()", { reason: "INVALID_RESULT", message: expect.stringContaining("WeakMap") }],
      ["throw new Error('broken')", { reason: "THREW", message: "broken", retryable: true }],
      ["throw { call() {} }", { reason: "THREW", message: expect.stringContaining("Not an Error") }],
      ["throw undefined", { reason: "THREW", message: "Not an Error: undefined" }],
      [
        "const f = () => f(); f()",
        { reason: "THREW", message: "RangeError: Maximum call stack size exceeded" },
      ],
    ];
    for (const [body, expected] of outcomes) {
      await using thread = subject(threadRun(body));
      expect(await thread.outcome()).toMatchObject(expected);
    }
  });
});

describe("ThreadRun.stop()", () => {
  it("is seen by a loop that holds its signal, by work that sleeps, and by who listens", async () => {
    const bodies = [
      "const { signal } = ctx; ctx.log('ready'); for (;;) signal.throwIfAborted()",
      "void ctx.signal; ctx.log('ready'); for (;;) { ctx.progress({ current: 1 }); ctx.signal.throwIfAborted() }",
      "ctx.log('ready'); await ctx.sleep(100_000)",
      `const { setTimeout } = await import("node:timers/promises");
       const { signal } = ctx; ctx.log('ready'); await setTimeout(100_000, undefined, { signal })`,
    ];
    for (const body of bodies) {
      await using thread = subject(threadRun(body));
      const { run, recording } = thread.start();
      await recording.line("log: ready");
      run.stop();
      expect(await recording.end).toMatchObject({ reason: "ABORTED", retryable: false });
      expect(recording.kinds).toContain("acknowledged");
    }
  });

  it("begins nothing where it comes before the module is loaded", async () => {
    await using thread = subject(threadRun("throw new Error('begun')"));
    const { run, recording } = thread.start();
    run.stop();
    expect(await recording.end).toMatchObject({ reason: "ABORTED" });
    expect(recording.kinds).toEqual(["ended"]);
  });
});

describe("ThreadRun.kill()", () => {
  it("ends whatever goes on, and the next run is as good as any", async () => {
    const begun = "if (ctx.input.good) return 'good'; ctx.log('ready');";
    const bodies = [
      `${begun} for (;;);`,
      `${begun} await new Promise(() => {})`,
      `${begun} /(x+x+)+y/.test('x'.repeat(60))`,
      `${begun} Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
      `${begun} ctx.signal.onabort = () => { for (;;); }; await ctx.sleep(1e6).catch(() => {}); for (;;);`,
    ];
    for (const body of bodies) {
      await using thread = subject(threadRun(body));
      const { run, recording } = thread.start();
      await recording.line("log: ready");
      run.stop();
      run.kill();
      expect(await recording.end).toMatchObject({
        reason: "TERMINATED",
        message: "The thread was ended by force",
      });
      expect(await thread.outcome({ good: true })).toMatchObject({ message: "good" });
    }
  });

  it("ends a module that never finishes loading", async () => {
    for (const text of ["for (;;);", "await new Promise(() => {})"]) {
      await using thread = subject(
        threadWork(`console.log("loading"); ${text}; export const run = () => {}`),
      );
      const { run, recording } = thread.start();
      await recording.line("stdout: loading");
      run.kill();
      expect(await recording.end).toMatchObject({ reason: "TERMINATED" });
    }
  });

  it("abandons a thread that hangs in the system, and says so", async () => {
    await using witness = await Witness.open();
    const script = `const socket = require("node:net").connect(${JSON.stringify(witness.path)}, () => socket.write("child"));
      socket.on("data", () => process.exit()); socket.on("close", () => process.exit())`;
    const body = `const { execFileSync } = await import("node:child_process");
      execFileSync(process.execPath, ["-e", ${JSON.stringify(script)}])`;
    await using thread = subject(threadRun(body));
    const { run, recording } = thread.start();
    await witness.arrival("child");
    run.kill();
    expect(await recording.end).toMatchObject({ reason: "ABANDONED" });
    witness.dismiss("child");
    await witness.departure("child");
  });
});

describe("ThreadRun: what ends the thread", () => {
  const endings: [what: string, text: string, expected: object][] = [
    [
      "process.exit()",
      run("process.exit(3)"),
      { reason: "EXITED", message: "The module ended its thread with process.exit(3)" },
    ],
    [
      "process.exit(0), later",
      run("setTimeout(() => process.exit(), 1); await ctx.sleep(1e6)"),
      { reason: "EXITED" },
    ],
    ["process.exit() as it is loaded", "process.exit(1); export const run = () => {}", { reason: "EXITED" }],
    [
      "a rejection that nobody handles",
      run("Promise.reject(new TypeError('lost')); await ctx.sleep(1e6)"),
      { reason: "THREW", message: "Not caught in the thread: TypeError: lost" },
    ],
    [
      "an error in a timer",
      run("setTimeout(() => { throw 'late' }); await ctx.sleep(1e6)"),
      { reason: "THREW", message: expect.stringContaining("late") },
    ],
    [
      "a module that is no JavaScript",
      "export function (",
      {
        reason: "LOAD_FAILED",
        message: expect.stringMatching(/^Cannot load the module: SyntaxError/),
        retryable: false,
      },
    ],
    [
      "a module that throws",
      "throw new Error('no key'); export const run = 1",
      { reason: "LOAD_FAILED", message: "Cannot load the module: no key" },
    ],
    [
      "a module without run",
      "export default 1",
      {
        reason: "LOAD_FAILED",
        message: expect.stringContaining(
          "expected one that exports run(ctx), found one that exports default",
        ),
      },
    ],
    ["a module whose imports are not there", "import '/no/such/file.mjs'", { reason: "LOAD_FAILED" }],
  ];
  for (const [what, text, expected] of endings) {
    it(`fails the run and nothing else: ${what}`, async () => {
      await using thread = subject(threadWork(text));
      for (let time = 0; time < 2; time++)
        expect(await thread.outcome()).toMatchObject({ kind: "failed", ...expected });
    });
  }

  function run(body: string): string {
    return `export async function run(ctx) { ${body} }`;
  }

  it("is hardly noticed between two runs", async () => {
    await using thread = subject(
      threadRun("if (ctx.input.trap) setTimeout(() => process.exit(), 0); return 'fine'", { pool: 1 }),
    );
    for (let time = 0; time < 10; time++) {
      const result = await thread.outcome({ trap: time % 2 === 0 });
      expect(["fine", "The module ended its thread with process.exit(0)"]).toContain(result.message);
    }
  });

  it("loads a module anew that could not be loaded before", async () => {
    await using folder = await TemporaryFolder.with({ "job.mjs": "export function (" });
    await using thread = subject(threadFile(folder, "job.mjs"));
    expect(await thread.outcome()).toMatchObject({ reason: "LOAD_FAILED" });
    await writeFile(join(folder.path, "job.mjs"), "export const run = () => 'mended'");
    expect(await thread.outcome()).toMatchObject({ message: "mended" });
  });
});

describe("ThreadRun: memory", () => {
  const greedy: [what: string, body: string][] = [
    ["small objects", "const all = []; for (;;) all.push({ n: all.length })"],
    ["large arrays", "const all = []; for (;;) all.push(new Array(2 ** 20).fill(1.5))"],
    ["one array far beyond the limit", "const all = new Array(2 ** 25 - 1).fill(0); for (;;) all.slice()"],
    ["strings", "const all = []; for (;;) all.push(Buffer.alloc(600_000, 97).toString())"],
    ["buffers", "const all = []; for (;;) all.push(Buffer.alloc(2 ** 20, 1))"],
    [
      "buffers, and the event loop turns",
      "const all = []; for (;;) { all.push(new Uint8Array(2 ** 20)); await ctx.sleep(0) }",
    ],
  ];
  for (const [what, body] of greedy) {
    it(`ends a run that takes more than its type allows: ${what}`, async () => {
      await using thread = subject(
        threadRun(`if (ctx.input.good) return 'good'; ${body}`, { memoryBytes: 64 * 2 ** 20 }),
      );
      expect(await thread.outcome()).toEqual({
        kind: "failed",
        reason: "OUT_OF_MEMORY",
        message: "The thread took more memory than its type allows: 64 MB",
        retryable: true,
      });
      expect(await thread.outcome({ good: true })).toMatchObject({ message: "good" });
    });
  }
});

/** A runner with one type of job. */
function subject(work: ThreadWork) {
  const runner = createRunner({ works: new Map([["work", work]]), clock: systemClock });
  const start = (input: JsonObject = {}) => {
    const recording = new Attentive();
    return { run: runner.start(request(input), recording), recording };
  };
  return {
    runner,
    start,
    outcome: (input?: JsonObject) => start(input).recording.end,
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}

function request(input: JsonObject = {}) {
  return { jobId: "job", jobType: "work", runId: "run", attempt: 2, input };
}

function threadFile(folder: TemporaryFolder, name: string): ThreadWork {
  return { ...threadWork(""), module: pathToFileURL(join(folder.path, name)).href };
}

/** Can be waited on for more. */
class Attentive extends Recording {
  readonly #waiting = new Set<() => void>();

  override wrote(...told: Parameters<RunObserver["wrote"]>): void {
    super.wrote(...told);
    this.#wake();
  }

  override progressed(...told: Parameters<RunObserver["progressed"]>): void {
    super.progressed(...told);
    this.#wake();
  }

  /** Resolves when this line was written. */
  async line(text: string): Promise<void> {
    while (!this.lines.includes(text)) await this.#next();
  }

  /** What `current` is, as it is told. */
  async *progress(): AsyncGenerator<number> {
    for (let told = 0; ; ) {
      const events = this.events.filter((event) => event.kind === "progressed");
      const event = events[told];
      if (event === undefined) await this.#next();
      else {
        told++;
        yield event.progress.current;
      }
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Counts lines and keeps none. */
class Counter extends Recording {
  readonly #reached = Promise.withResolvers<void>();
  #left: number;

  constructor(lines: number) {
    super();
    this.#left = lines;
  }

  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  override wrote(...[, lines]: Parameters<RunObserver["wrote"]>): void {
    this.#left -= lines.count;
    if (this.#left <= 0) this.#reached.resolve();
  }
}
