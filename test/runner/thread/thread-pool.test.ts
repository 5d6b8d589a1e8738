import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/async/clock.ts";
import type { JsonObject, JsonValue } from "../../../src/job/json.ts";
import { createRunner } from "../../../src/runner/create-runner.ts";
import type { Run, Runner } from "../../../src/runner/runner.ts";
import type { ThreadWork } from "../../../src/runner/work.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { Recording } from "../recording.ts";
import { threadWork } from "../thread-work.ts";

/** Tells in which thread it ran, and how many runs there were in that thread. */
const counting = `
  import { threadId } from "node:worker_threads";
  let runs = 0;
  export async function run(ctx) {
    runs++;
    if (ctx.input.wait) await new Promise((end) => { ctx.signal.onabort = end; ctx.log("here"); });
    return { threadId, runs };
  }`;

describe("ThreadPool", () => {
  it("does one run after the other in the same thread, whose module is loaded once", async () => {
    await using runner = runnerOf(threadWork(counting));
    const runs = [await ended(runner), await ended(runner), await ended(runner)];
    expect(new Set(runs.map(({ threadId }) => threadId)).size).toBe(1);
    expect(runs.map((run) => run.runs)).toEqual([1, 2, 3]);
  });

  it("does runs that go on together in threads of their own, and keeps so many as it should", async () => {
    let here = 0;
    const allHere = Promise.withResolvers<void>();
    const onLog = () => {
      if (++here === 3) allHere.resolve();
    };
    await using runner = runnerOf(threadWork(counting, { pool: 1 }), onLog);
    const together = [1, 2, 3].map(() => begin(runner, { wait: true }));
    await allHere.promise;
    for (const { run } of together) run.stop();
    const first = await Promise.all(together.map(({ result }) => result));
    expect(new Set(first.map(({ threadId }) => threadId)).size).toBe(3);
    const after = await Promise.all([begin(runner), begin(runner)].map(({ result }) => result));
    expect(after.map(({ runs }) => runs).toSorted()).toEqual([1, 2]);
  });

  it("keeps none where it should keep none", async () => {
    await using runner = runnerOf(threadWork(counting, { pool: 0 }));
    const runs = [await ended(runner), await ended(runner)];
    expect(runs.map((run) => run.runs)).toEqual([1, 1]);
    expect(runs[0]?.threadId).not.toBe(runs[1]?.threadId);
  });

  it("replaces a thread that was ended", async () => {
    await using runner = runnerOf(threadWork(counting));
    const { threadId } = await ended(runner);
    const killed = begin(runner, { wait: true });
    killed.run.kill();
    await killed.result;
    const next = await ended(runner);
    expect(next.runs).toBe(1);
    expect(next.threadId).not.toBe(threadId);
  });

  it("lets a thread end that goes on taking memory when its run is over", async () => {
    const gone = new BroadcastChannel("gone");
    const ending = new Promise((resolve) => gone.addEventListener("message", resolve));
    const leaking = `
      const kept = [];
      process.on("exit", () => new BroadcastChannel("gone").postMessage("gone"));
      export function run() {
        setInterval(() => kept.push(Buffer.alloc(2 ** 20)), 5);
      }`;
    await using runner = runnerOf(threadWork(leaking, { memoryBytes: 32 * 2 ** 20 }));
    await ended(runner);
    await ending;
    gone.close();
  });

  it("does not keep the process from ending", async () => {
    const sources = new URL("../../../src/", import.meta.url).href;
    await using folder = await TemporaryFolder.with({
      "main.mjs": `
        import { createRunner } from "${sources}runner/create-runner.ts";
        import { systemClock } from "${sources}async/clock.ts";
        const work = ${JSON.stringify(threadWork(counting))};
        const runner = createRunner({ works: new Map([["work", work]]), clock: systemClock });
        const result = await new Promise((ended) => runner.start(
          { jobId: "job", jobType: "work", runId: "run", attempt: 1, input: {} },
          { wrote() {}, progressed() {}, acknowledged() {}, ended },
        ));
        console.log(result.kind);`,
    });
    const child = spawn(process.execPath, [join(folder.path, "main.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [[chunk], [code]] = await Promise.all([once(child.stdout, "data"), once(child, "exit")]);
    expect(String(chunk)).toBe("succeeded\n");
    expect(code).toBe(0);
  });
});

function runnerOf(work: ThreadWork, write = () => {}): Runner {
  return createRunner({ works: new Map([["work", work]]), clock: systemClock, log: { write } });
}

interface Begun {
  readonly run: Run;
  readonly result: Promise<Counted>;
}

/** What the module returns; nothing for a run that failed. */
interface Counted {
  readonly threadId?: JsonValue | undefined;
  readonly runs?: JsonValue | undefined;
}

function begin(runner: Runner, input: JsonObject = {}): Begun {
  const recording = new Recording();
  const run = runner.start({ jobId: "job", jobType: "work", runId: "run", attempt: 1, input }, recording);
  return { run, result: recording.end.then((end) => (end.kind === "succeeded" ? (end.result ?? {}) : {})) };
}

function ended(runner: Runner): Promise<Counted> {
  return begin(runner).result;
}
