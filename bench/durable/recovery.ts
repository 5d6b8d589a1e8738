import { copyFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { emptyBatch } from "../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../src/engine/local/sqlite/sqlite-store.ts";
import { createJob } from "../../src/job/job.ts";
import type { JobStatus } from "../../src/job/job-status.ts";
import { summary } from "../statistics.ts";
import { createCore } from "./job-control-pairs.ts";

const storedJobs = 100_000;
const hourMs = 3_600_000;

/** What the last server has left behind: jobs of which nothing becomes by the restart, and jobs that change with it, each of them. */
const leftBehind: Readonly<Record<string, () => Partial<JobStatus>>> = {
  "at rest": () => ({}),
  "with a schedule each": () => schedule(Date.now() + hourMs),
  "whose runs were lost": () => ({ state: "running", desiredState: "running", currentRun: newRun() }),
  "whose next run is overdue": () => schedule(Date.now() - hourMs),
};

/** From nothing to the first command that can be answered, with so many jobs in the file. */
export async function recover(folder: string, rounds: number): Promise<void> {
  for (const [name, statusOf] of Object.entries(leftBehind)) {
    const file = join(folder, "many.db");
    await fill(file, statusOf);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await start(folder, file));
    const megabytes = ((await stat(file)).size / 1_000_000).toFixed(0);
    console.log(`Recovery of ${storedJobs} jobs ${name} (${megabytes} MB), ms: ${summary(times)}`);
    await rm(file);
  }
}

/** On a copy: what follows from the restart is written. */
async function start(folder: string, file: string): Promise<number> {
  const copy = join(folder, "copy.db");
  await copyFile(file, copy);
  const startedAt = performance.now();
  const core = createCore(createSqliteStore({ file: copy }));
  await core.start();
  const tookMs = performance.now() - startedAt;
  await core[Symbol.asyncDispose]();
  await rm(copy);
  return tookMs;
}

async function fill(file: string, statusOf: () => Partial<JobStatus>): Promise<void> {
  await using store = createSqliteStore({ file });
  await store.load();
  for (let from = 0; from < storedJobs; from += 1000) {
    const jobs = Array.from({ length: 1000 }, (_, index) => jobAt(from + index + 1, statusOf()));
    const changes = jobs.map(({ status }) => ({
      revision: status.revision,
      kind: "changed" as const,
      status,
      progressOnly: false,
    }));
    await store.commit({ ...emptyBatch, changes, jobs: new Map(jobs.map((job) => [job.status.jobId, job])) });
  }
}

function jobAt(revision: number, over: Partial<JobStatus>) {
  const jobId = `job-${revision}`;
  const job = createJob({ jobId, jobType: "work", uid: crypto.randomUUID(), nowMs: Date.now() });
  return { ...job, followsType: false, status: { ...job.status, ...over, revision } };
}

function schedule(nextRunTimeMs: number): Partial<JobStatus> {
  const daily = { kind: "cron", expression: "0 3 * * *", timeZone: "Europe/Berlin" } as const;
  const policies = { overlap: "skip", catchUpMs: 0 } as const;
  return {
    state: "scheduled",
    desiredState: "running",
    nextRunTimeMs,
    schedule: { ...daily, ...policies },
  };
}

function newRun(): JobStatus["currentRun"] {
  const runId = crypto.randomUUID();
  return { runId, state: "running", attempt: 1, maxAttempts: 1, startTimeMs: Date.now() };
}
