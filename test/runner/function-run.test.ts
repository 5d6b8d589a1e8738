import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/job/json.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { JobContext, JobFunction, RunLogLine } from "../../src/runner/job-context.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Recording, settle } from "./recording.ts";

describe("FunctionRun", () => {
  it("calls the function after start(), not in it", async () => {
    let called = false;
    const { recording } = start(() => {
      called = true;
    });
    expect(called).toBe(false);
    await recording.end;
    expect(called).toBe(true);
  });

  it("tells the function which run it is", async () => {
    const { recording, context } = await begun({ input: { size: 1 } });
    const { jobId, jobType, runId, attempt, input } = context;
    expect({ jobId, jobType, runId, attempt, input }).toEqual({ ...request, input: { size: 1 } });
    expect(context.failure).toBeUndefined();
    expect(recording.events).toEqual([]);
  });

  it("gives the function its own copy of the input", async () => {
    const input = { list: [1] };
    const { context } = await begun({ input });
    expect(context.input).toEqual(input);
    const { list } = context.input;
    expect(list).not.toBe(input.list);
  });

  it("does not begin what was stopped at once", async () => {
    const { run, recording } = start(() => expect.unreachable());
    run.stop();
    expect(await recording.end).toMatchObject({ kind: "failed", reason: "ABORTED" });
    expect(recording.kinds).toEqual(["ended"]);
  });
});

describe("FunctionRun: what the function returns", () => {
  const outcomes: [returned: unknown, expected: Partial<RunResult>][] = [
    [undefined, { kind: "succeeded", message: "" }],
    ["All\u001b[31m done\n", { kind: "succeeded", message: "All done" }],
    [
      { pages: 10, more: undefined },
      { kind: "succeeded", message: "", result: { pages: 10 } },
    ],
    [{}, { kind: "succeeded", message: "", result: {} }],
    [null, invalid("it returned null")],
    [5, invalid("it returned number")],
    [5n, invalid("it returned bigint")],
    [Symbol("s"), invalid("it returned symbol")],
    [() => {}, invalid("it returned function")],
    [[1], invalid("not a plain object: Array")],
    [new Date(0), invalid("not a plain object: Date")],
    [{ at: new Date(0) }, invalid("result.at is Date")],
    [{ list: [1, Number.NaN] }, invalid("result.list[1] is NaN")],
    [{ n: 5n }, invalid("result.n is of type bigint")],
    [{ call: () => {} }, invalid("result.call is of type function")],
    [cycle(), invalid("nested deeper than 30 levels, or in a cycle")],
    [explosion(), invalid("larger than 65536 bytes")],
    [{ text: "é".repeat(40_000) }, invalid("larger than 65536 bytes")],
    [new Array(1e9), invalid("not a plain object")],
    [{ list: new Array(3) }, invalid("result.list[0] is of type undefined")],
    [throwing(), invalid("no entry")],
  ];
  for (const [index, [returned, expected]] of outcomes.entries()) {
    it(`ends as it must for case ${index}: ${expected.message || expected.kind}`, async () => {
      const { recording } = start(async () => returned);
      expect(await recording.end).toEqual(expected);
    });
  }

  function invalid(message: string): Partial<RunResult> {
    return {
      kind: "failed",
      reason: "INVALID_RESULT",
      message: expect.stringContaining(message),
      retryable: false,
    };
  }
});

describe("FunctionRun: what the function throws", () => {
  const outcomes: [thrown: unknown, message: string][] = [
    [new Error("broken"), "broken"],
    [new TypeError("no such thing"), "TypeError: no such thing"],
    [new RangeError(), "RangeError"],
    [new Error("first\nsecond \u001b[2Jthird\u0007\u202e"), "first second third"],
    [new Error("x".repeat(5_000)), `${"x".repeat(1023)}…`],
    ["a string", "a string"],
    [undefined, "Not an Error: undefined"],
    [null, "Not an Error: null"],
    [{ code: 5 }, "Not an Error: { code: 5 }"],
    [
      Object.defineProperty(new Error(), "message", { get: () => throwIt("no message") }),
      "A value that cannot be described",
    ],
    [new DOMException("gone", "AbortError"), "AbortError: gone"],
  ];
  for (const [thrown, message] of outcomes) {
    it(`says: ${message.slice(0, 60)}`, async () => {
      for (const run of [() => throwIt(thrown), async () => throwIt(thrown)]) {
        const { recording } = start(run);
        expect(await recording.end).toEqual({ kind: "failed", reason: "THREW", message, retryable: true });
      }
    });
  }

  it("takes a promise that is none for what it does", async () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable that misbehaves is what is tested.
    const { recording } = start(() => ({ then: () => throwIt(new Error("not a promise")) }));
    expect(await recording.end).toMatchObject({ reason: "THREW", message: "not a promise" });
  });
});

describe("FunctionRun.stop()", () => {
  it("fires the signal with an AbortError", async () => {
    const { run, context } = await begun();
    const { signal } = context;
    run.stop();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: "AbortError", message: "The job was asked to stop" });
  });

  it("is acknowledged at once by work that has its signal", async () => {
    const { run, recording, context } = await begun();
    void context.signal;
    run.stop();
    await settle();
    expect(recording.kinds).toEqual(["acknowledged"]);
  });

  it("is acknowledged by work that sleeps, whose sleep rejects", async () => {
    const { run, recording, context, clock } = await begun();
    const sleeping = context.sleep(1_000);
    run.stop();
    await expect(sleeping).rejects.toBe(context.signal.reason);
    expect(recording.kinds).toEqual(["acknowledged"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not acknowledged before the work looks, nor by a sleep that is over", async () => {
    const { run, recording, context, clock } = await begun();
    const sleeping = context.sleep(5);
    await clock.advance(5);
    await sleeping;
    run.stop();
    await settle();
    expect(recording.kinds).toEqual([]);
    void context.signal;
    void context.signal;
    await settle();
    expect(recording.kinds).toEqual(["acknowledged"]);
  });

  it("is acknowledged by a later sleep, which rejects at once", async () => {
    const { run, recording, context } = await begun();
    run.stop();
    await expect(context.sleep(1)).rejects.toMatchObject({ name: "AbortError" });
    expect(recording.kinds).toEqual(["acknowledged"]);
  });

  it("ends as ABORTED what lets its signal's reason out, or another AbortError", async () => {
    const endings: JobFunction[] = [
      (ctx) => ctx.sleep(1_000),
      (ctx) => delay(60_000, undefined, { signal: ctx.signal }),
    ];
    for (const ending of endings) {
      const { run, recording } = start(ending);
      await settle();
      run.stop();
      expect(await recording.end).toMatchObject({ reason: "ABORTED", retryable: false });
      expect(recording.kinds).toEqual(["acknowledged", "ended"]);
    }
  });

  it("reports what else happens: another error, or success", async () => {
    const failing = await begun();
    failing.run.stop();
    failing.reject(new Error("could not clean up"));
    expect(await failing.recording.end).toMatchObject({ reason: "THREW", message: "could not clean up" });

    const succeeding = await begun();
    succeeding.run.stop();
    succeeding.resolve("finished first");
    expect(await succeeding.recording.end).toMatchObject({ kind: "succeeded", message: "finished first" });
  });

  it("does not let a sleep that nobody waits for end the server", async () => {
    const { run, recording } = start((ctx) => {
      void ctx.sleep(1_000);
      return ctx.sleep(1_000);
    });
    await settle();
    run.stop();
    expect(await recording.end).toMatchObject({ reason: "ABORTED" });
    await settle();
  });
});

describe("FunctionRun.kill()", () => {
  it("abandons the function at once, and says so", async () => {
    const { run, recording } = await begun();
    run.stop();
    run.kill();
    await settle();
    expect(recording.events.at(-1)).toMatchObject({ result: { reason: "ABANDONED", retryable: false } });
  });

  it("fires the signal of what it abandons", async () => {
    const { run, context } = await begun();
    run.kill();
    expect(context.signal.aborted).toBe(true);
  });

  it("does not listen any more: progress, log, return", async () => {
    const { run, recording, context, lines, resolve } = await begun();
    run.kill();
    context.progress({ current: 1 });
    context.log("still here");
    resolve("done");
    await settle();
    expect(recording.kinds).toEqual(["ended"]);
    expect(recording.lines).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("takes and drops what an abandoned function throws", async () => {
    const { run, recording, reject } = await begun();
    run.kill();
    reject(new Error("too late"));
    // An unhandled rejection would fail the whole run of the tests.
    await settle();
    expect(recording.kinds).toEqual(["ended"]);
  });
});

describe("JobContext.progress()", () => {
  it("tells the progress, with what was left out filled in", async () => {
    const { recording, context } = await begun();
    const { progress } = context;
    progress({ current: 0.5 });
    await settle();
    progress({ current: 2, total: 10, unit: "pages", message: "Page\t2", stage: "fetch" });
    await settle();
    expect(recording.events).toEqual([
      { kind: "progressed", progress: { current: 0.5, total: 0, unit: "", message: "", stage: "" } },
      {
        kind: "progressed",
        progress: { current: 2, total: 10, unit: "pages", message: "Page 2", stage: "fetch" },
      },
    ]);
  });

  it("tells the newest of what is told in one go", async () => {
    const { recording, context } = await begun();
    for (let current = 1; current <= 1000; current++) context.progress({ current });
    await settle();
    expect(recording.events).toMatchObject([{ kind: "progressed", progress: { current: 1000 } }]);
  });

  it("throws a TypeError for what is not as it should be", async () => {
    const { recording, context } = await begun();
    const wrong: [update: unknown, message: string][] = [
      [undefined, "expected an object"],
      [null, "expected an object"],
      [5, "expected an object"],
      [{}, "current must be a finite number, 0 or more: undefined"],
      [{ current: -1 }, "current must be"],
      [{ current: Number.NaN }, "current must be"],
      [{ current: "5" }, "current must be"],
      [{ current: 1, total: Number.POSITIVE_INFINITY }, "total must be"],
      [{ current: 1, unit: 5 }, "unit must be a string"],
      [{ current: 1, message: "x".repeat(257) }, "message must be a string of at most 256 characters: 257"],
      [{ current: 1, stage: {} }, "stage must be"],
    ];
    for (const [update, message] of wrong) {
      const progress = context.progress as (update: unknown) => void;
      expect(() => progress(update)).toThrow(TypeError);
      expect(() => progress(update)).toThrow(message);
    }
    await settle();
    expect(recording.events).toEqual([]);
  });
});

describe("JobContext.log()", () => {
  it("writes one plain line, with where it comes from", async () => {
    const { context, clock, lines } = await begun();
    const { log } = context;
    log("fetched\n\u001b[31m3 pages");
    const { jobId, jobType, runId, attempt } = request;
    expect(lines).toEqual([
      { timeMs: clock.now(), jobId, jobType, runId, attempt, message: "fetched 3 pages" },
    ]);
  });

  it("writes its lines to the output, as they are but harmless", async () => {
    const { context, recording } = await begun();
    context.log("Error: broken\r\n    at\u001b[31m there\n");
    context.log("");
    expect(recording.lines).toEqual(["log: Error: broken", "log:     at there", "log: "]);
  });

  it("writes no more of one message than is of use", async () => {
    const { context, recording } = await begun();
    context.log("x".repeat(10_000_000));
    expect(recording.lines).toEqual(Array.from({ length: 8 }, () => `log: ${"x".repeat(8192)}`));
  });

  it("throws a TypeError for anything but a string", async () => {
    const { context, lines } = await begun();
    expect(() => (context.log as (message: unknown) => void)({ size: 1 })).toThrow(TypeError);
    expect(lines).toEqual([]);
  });

  it("needs no log to write to", async () => {
    await using runner = createRunner({
      works: new Map([["quiet", { kind: "function", run: (ctx: JobContext) => ctx.log("unheard") }]]),
      clock: new FakeClock(),
    });
    const recording = new Recording();
    runner.start({ ...request, jobType: "quiet", input: {} }, recording);
    expect(await recording.end).toMatchObject({ kind: "succeeded" });
  });
});

describe("JobContext.sleep()", () => {
  it("resolves after so many milliseconds", async () => {
    const { context, clock } = await begun();
    let awake = false;
    const sleeping = context.sleep(100).then(() => {
      awake = true;
    });
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await sleeping;
  });

  it("rejects with a TypeError for what is no length of time", async () => {
    const { context } = await begun();
    for (const wrong of [Number.NaN, -1, undefined]) {
      await expect((context.sleep as (ms: unknown) => Promise<void>)(wrong)).rejects.toThrow(TypeError);
    }
  });
});

const request = { jobId: "job-1", jobType: "work", runId: "run-1", attempt: 2 };

interface Started {
  readonly input?: JsonObject;
}

function start(run: JobFunction, { input = {} }: Started = {}) {
  const clock = new FakeClock();
  const lines: RunLogLine[] = [];
  const runner = createRunner({
    works: new Map([["work", { kind: "function", run }]]),
    clock,
    log: { write: (line) => lines.push(line) },
  });
  const recording = new Recording();
  return { run: runner.start({ ...request, input }, recording), recording, clock, lines };
}

/** A run that has begun and ends when the test says so. */
async function begun(options?: Started) {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const context = Promise.withResolvers<JobContext>();
  const started = start((ctx) => {
    context.resolve(ctx);
    return promise;
  }, options);
  return { ...started, context: await context.promise, resolve, reject };
}

function cycle(): object {
  const object = {};
  return Object.assign(object, { self: object });
}

/** A small object that would be 2 ** 25 long if it were written out. */
function explosion(): object {
  let object: object = {};
  for (let level = 0; level < 25; level++) object = { a: object, b: object };
  return object;
}

function throwIt(thrown: unknown): never {
  throw thrown;
}

function throwing(): object {
  return {
    get entry() {
      throw new Error("no entry");
    },
  };
}
