import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import { Core } from "../../src/control/core.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { priorities } from "../../src/job/command.ts";
import type { JobFailure } from "../../src/job/job-status.ts";
import type { JobType } from "../../src/job/job-type.ts";
import { OpenTokens } from "../../src/limiter/open-tokens.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { JobContext } from "../../src/runner/job-context.ts";
import type { Work } from "../../src/runner/work.ts";
import { jobType } from "../job/job-type.ts";
import { nodeWork } from "../runner/node-work.ts";
import { threadRun, threadWork } from "../runner/thread-work.ts";
import { wholeWatch } from "./core-harness.ts";

/**
 * Work of every kind that does its worst, over and over, in the real runner; and a job beside it that must not notice.
 * `stubborn` work is under way until it is ended by force.
 */
const poison: Readonly<Record<string, { readonly work: Work; readonly stubborn?: boolean }>> = {
  "function throws": { work: functionWork(() => throwIt(new Error("at once"))) },
  "function never settles": { work: functionWork(() => new Promise(() => {})), stubborn: true },
  "function ignores its signal": {
    work: functionWork(async (ctx) => {
      for (;;) {
        void ctx.signal;
        await new Promise((resolve) => systemClock.setTimer(5, () => resolve(undefined)));
      }
    }),
    stubborn: true,
  },
  "function floods": {
    work: functionWork(async (ctx) => {
      for (let current = 0; current < 5_000; current++) {
        ctx.progress({ current });
        ctx.log("more and more");
      }
    }),
  },
  "thread throws": { work: threadRun("throw new Error('at once')") },
  "thread cannot be loaded": { work: threadWork("export function (") },
  "thread exits": { work: threadRun("process.exit(1)") },
  "thread rejects": { work: threadRun("Promise.reject(new Error('lost')); await ctx.sleep(1e6)") },
  "thread loops": { work: threadRun("for (;;);"), stubborn: true },
  "thread takes memory": {
    work: threadRun("const all = []; for (;;) all.push(Buffer.alloc(1e6, 1))", { memoryBytes: 64e6 }),
  },
  "process exits": { work: nodeWork("process.exit(3)") },
  "process is not there": { work: { ...nodeWork(""), command: ["/no/such/program"] } },
  "process ignores SIGTERM": {
    work: nodeWork("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"),
    stubborn: true,
  },
  "process floods": {
    work: nodeWork(
      "const all = 'progress 1/2\\n'.repeat(1e5); for (let n = 0; n < 2; n++) process.stdout.write(all)",
    ),
  },
};

/** What is poison even behind a breaker: it is tried again and again, falls back on itself, and is cut off. */
const guarded = ["function throws", "function never settles", "function ignores its signal", "process exits"];
const guards: Partial<JobType> = {
  timeoutMs: 30,
  breaker: { failures: 2, halfOpenAfterMs: 60 },
  hasFallback: true,
};

let core: Core;

async function begin(names: readonly string[], over: Partial<JobType> = {}): Promise<void> {
  const works = new Map<string, Work>([["good", functionWork(() => "done")]]);
  for (const name of names) works.set(idOf(name), workOf(name));
  const schedule = { kind: "interval", intervalMs: 20, overlap: "skip", catchUpMs: 0 } as const;
  const types = [...works.keys()].map((name) =>
    jobType(name === "good" ? { name } : { name, stopGraceMs: 10, schedule, ...over }),
  );
  const lanes = priorities.map((priority) => ({ priority, capacity: 100, fullMode: "wait" as const }));
  core = new Core({
    engine: createLocalEngine({
      store: createMemoryStore({ history: 1_000 }),
      clock: systemClock,
      lanes,
      maxWaiters: 10,
    }),
    runner: createRunner({ works, fallbacks: works, clock: systemClock }),
    clock: systemClock,
    tokens: new OpenTokens({ clock: systemClock }),
    types,
    watch: { ring: 1_000, maxWatchers: 10, bookmarkMs: 15_000 },
  });
  await core.start();
}

afterEach(async () => {
  await core[Symbol.asyncDispose]();
});

describe("poison work", () => {
  it("never stops the consumer, whatever it does and however often", async () => {
    await begin(Object.keys(poison));
    for (const name of Object.keys(poison)) await start(idOf(name));
    await startGood(8);
    for (const [name, { stubborn = false }] of Object.entries(poison)) {
      // What ends does so again and again; what does not is still in its first run.
      if (stubborn) expect(await status(idOf(name))).toMatchObject({ executionCount: 1, state: "running" });
      else await until(idOf(name), ({ executionCount }) => executionCount >= 3);
    }
    for (const name of Object.keys(poison))
      expect(await stop(idOf(name))).toMatchObject({ state: "stopped" });
    expect(await start("good")).toMatchObject({ executionCount: 9 });
  });

  it("is cut off by a breaker and tried again, with a fallback that is poison too, and never stops the consumer", async () => {
    await begin(guarded, guards);
    for (const name of guarded) await start(idOf(name));
    for (const name of guarded) {
      const isCutOff = ({ reason, message }: Pick<JobFailure, "reason" | "message">) =>
        reason === "CIRCUIT_OPEN" && message.includes("is open");
      await until(idOf(name), ({ currentRun }) => {
        const cause = currentRun?.fallback?.cause;
        return cause !== undefined && isCutOff(cause);
      });
      // Later attempts were let in to probe, and failed too.
      await untilProbed(idOf(name));
    }
    await startGood(5);
    for (const name of guarded) expect(await stop(idOf(name))).toMatchObject({ state: "stopped" });
    expect(await start("good")).toMatchObject({ executionCount: 6 });
  });
});

/** Work that is done beside the poison, so many times. */
async function startGood(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    expect((await start("good")).state).toMatch(/^(running|succeeded)$/);
    await until("good", ({ state }) => state === "succeeded");
    expect((await status("good")).counters.succeeded).toBe(time + 1);
  }
}

/** Watches the job until an attempt has failed that came after those that opened the circuit. */
async function untilProbed(typeName: string): Promise<void> {
  await until(typeName, () => {
    const type = core.admin.stats().types.find(({ name }) => name === typeName);
    return (type?.circuit?.circuit.failures ?? 0) > 2;
  });
}

function workOf(name: string): Work {
  const { work } = poison[name] ?? {};
  if (work === undefined) throw new Error(`No such poison: ${name}`);
  return work;
}

function functionWork(run: (ctx: JobContext) => unknown): Work {
  return { kind: "function", run };
}

function throwIt(error: Error): never {
  throw error;
}

function idOf(name: string): string {
  return name.replaceAll(" ", "-");
}

const unset = { requestId: "", etag: "", reason: "", replyMode: "applied" as const, validateOnly: false };
const call = { signal: new AbortController().signal, peer: "tester" };

async function start(jobId: string) {
  const request = { jobId, jobType: "", conflictPolicy: "use-existing" as const, labels: {}, ...unset };
  return known((await core.control.start(request, call)).status);
}

async function stop(jobId: string) {
  const request = { jobId, scope: "job", force: false, wait: true, ...unset } as const;
  return known((await core.control.stop(request, call)).status);
}

async function status(jobId: string) {
  const request = { jobId, consistency: "linearizable", includeInput: false, includeResult: false } as const;
  return (await core.control.getStatus(request, call)).status;
}

type Status = Awaited<ReturnType<typeof status>>;

/** Watches the job until it is so. */
async function until(jobId: string, isSo: (status: Status) => boolean): Promise<void> {
  const watch = core.control.watch({ ...wholeWatch, jobIds: [jobId] }, call);
  for await (const message of watch)
    if ("status" in message && message.status !== undefined && isSo(message.status)) return;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("No status");
  return value;
}
