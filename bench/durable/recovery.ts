import { statSync } from "node:fs";
import { join } from "node:path";
import { emptyBatch } from "../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../src/engine/local/sqlite/sqlite-store.ts";
import { createJob } from "../../src/job/job.ts";
import { summary } from "../statistics.ts";
import { createCore } from "./job-control-pairs.ts";

const storedJobs = 100_000;

/** From nothing to the first command that can be answered, with so many jobs in the file. */
export async function recover(folder: string, rounds: number): Promise<void> {
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
  console.log(`Recovery of ${storedJobs} jobs (${megabytes} MB), ms: ${summary(times)}`);
}

async function fill(file: string): Promise<void> {
  await using store = createSqliteStore({ file });
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
}

function jobAt(revision: number) {
  const jobId = `job-${revision}`;
  const job = createJob({ jobId, jobType: "work", uid: crypto.randomUUID(), nowMs: Date.now() });
  return { ...job, status: { ...job.status, revision } };
}
