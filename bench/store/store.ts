import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "../../src/async/clock.ts";
import { Core } from "../../src/control/core.ts";
import type { JobControl } from "../../src/control/job-control.ts";
import { emptyBatch, type JobStore } from "../../src/engine/local/job-store.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { createSqliteStore } from "../../src/engine/local/sqlite/sqlite-store.ts";
import { priorities } from "../../src/job/command.ts";
import { createJob } from "../../src/job/job.ts";
import { undeclaredType } from "../../src/job/job-type.ts";
import { OpenTokens } from "../../src/limiter/open-tokens.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import { median, summary } from "../statistics.ts";

/**
 * What durability costs: pairs of Start and Stop, each waited for until its job has stopped, on the SQLite store beside
 * the memory store; in one process, without gRPC, so that nothing hides it. The stores take turns, round by round.
 */
const rounds = 5;
const roundMs = 1500;
const outstanding = [1, 10, 100];
const storedJobs = 100_000;

export async function store(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "jobcontrol-bench-"));
  try {
    for (const callers of outstanding) await compare(folder, callers);
    await recover(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(folder: string, callers: number): Promise<void> {
  const contenders = [
    await Contender.open("memory", createMemoryStore()),
    await Contender.open("SQLite", createSqliteStore({ file: join(folder, `${callers}.db`) })),
  ] as const;
  for (const contender of contenders) await contender.play(callers, roundMs);
  for (const contender of contenders) contender.reset();
  for (let round = 0; round < rounds; round++)
    for (const contender of contenders) await contender.play(callers, roundMs);
  const [memory] = contenders;
  console.log(`Start and Stop, ${callers} callers at a time`);
  console.table(contenders.map((contender) => contender.row(memory)));
  for (const contender of contenders) await contender.core[Symbol.asyncDispose]();
}

class Contender {
  readonly name: string;
  readonly core: Core;
  #rates: number[] = [];
  #delay = monitorEventLoopDelay({ resolution: 1 });

  static async open(name: string, store: JobStore): Promise<Contender> {
    const contender = new Contender(name, store);
    await contender.core.start();
    return contender;
  }

  private constructor(name: string, store: JobStore) {
    this.name = name;
    this.core = createCore(store);
  }

  /** Pairs a second, with so many callers at a time, each with a job of its own. */
  async play(callers: number, durationMs: number): Promise<void> {
    const startedAt = performance.now();
    const isOver = () => performance.now() - startedAt >= durationMs;
    this.#delay.enable();
    const pairs = await Promise.all(
      Array.from({ length: callers }, (_, index) => playPairs(this.core.control, `job-${index}`, isOver)),
    );
    this.#delay.disable();
    const sum = pairs.reduce((total, count) => total + count, 0);
    this.#rates.push((sum * 1000) / (performance.now() - startedAt));
  }

  reset(): void {
    this.#rates = [];
    this.#delay = monitorEventLoopDelay({ resolution: 1 });
  }

  row(memory: Contender): object {
    const ratios = this.#rates.map((rate, round) => rate / (memory.#rates[round] ?? Number.NaN));
    return {
      store: this.name,
      "pairs a second": summary(this.#rates),
      "of memory": summary(ratios, 2),
      "event loop delay p99, ms": (this.#delay.percentile(99) / 1e6).toFixed(1),
    };
  }
}

async function playPairs(control: JobControl, jobId: string, isOver: () => boolean): Promise<number> {
  const call = { signal: new AbortController().signal, peer: "bench" };
  const common = {
    jobId,
    requestId: "",
    etag: "",
    reason: "",
    replyMode: "applied",
    validateOnly: false,
  } as const;
  let pairs = 0;
  while (!isOver()) {
    await control.start({ ...common, jobType: "work", conflictPolicy: "fail", labels: {} }, call);
    await control.stop({ ...common, scope: "job", force: false, wait: true }, call);
    pairs++;
  }
  return pairs;
}

function createCore(store: JobStore): Core {
  const clock = systemClock;
  const lanes = priorities.map((priority) => ({ priority, capacity: 1000, fullMode: "wait" as const }));
  return new Core({
    engine: createLocalEngine({ store, clock, lanes, maxWaiters: 1000 }),
    runner: createRunner({
      works: new Map([["work", { kind: "function", run: ({ sleep }) => sleep(1_000_000) }]]),
      clock,
      log: { write: () => {} },
    }),
    tokens: new OpenTokens({ clock }),
    types: [{ ...undeclaredType("work"), template: true }],
    clock,
    watch: { ring: 10_000, maxWatchers: 10, bookmarkMs: 15_000 },
    onDrain: () => {},
  });
}

/** From nothing to the first command that can be answered, with so many jobs in the file. */
async function recover(folder: string): Promise<void> {
  const file = join(folder, "many.db");
  await fill(file);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const core = createCore(createSqliteStore({ file }));
    await core.start();
    times.push(performance.now() - startedAt);
    await core[Symbol.asyncDispose]();
  }
  const megabytes = (statSync(file).size / 1_000_000).toFixed(0);
  console.log(
    `Recovery of ${storedJobs} jobs (${megabytes} MB), ms: ${summary(times)}; median ${median(times).toFixed(0)}`,
  );
}

async function fill(file: string): Promise<void> {
  const store = createSqliteStore({ file });
  await store.load();
  for (let from = 0; from < storedJobs; from += 1000) {
    const jobs = Array.from({ length: 1000 }, (_, index) => jobAt(from + index + 1));
    const changes = jobs.map(({ status }) => ({
      revision: status.revision,
      kind: "changed" as const,
      status,
      progressOnly: false,
    }));
    await store.commit({ ...emptyBatch, changes, jobs: new Map(jobs.map((job) => [job.status.jobId, job])) });
  }
  await store[Symbol.asyncDispose]();
}

function jobAt(revision: number) {
  const jobId = `job-${revision}`;
  const job = createJob({ jobId, jobType: "work", uid: crypto.randomUUID(), nowMs: Date.now() });
  return { ...job, status: { ...job.status, revision } };
}

if (import.meta.main) await store();
