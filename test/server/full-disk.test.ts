import { existsSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import {
  type CallFailure,
  createJobControlClient,
  describeFailure,
  type JobControlClient,
} from "../../src/client/index.ts";
import { createSqliteStore } from "../../src/engine/local/sqlite/sqlite-store.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { patience } from "../patience.ts";
import { ServingReader } from "./serving-reader.ts";
import { SmallDisk } from "./small-disk.ts";

const disk = SmallDisk.mount(40);
const reason = typeof disk === "string" ? `: ${disk}` : "";

describe.skipIf(reason !== "")(`a disk that is full${reason}`, () => {
  it("lets jobs be read and stopped, not started, until there is room again", async () => {
    if (typeof disk === "string") throw new Error(disk);
    using small = disk;
    const file = `${small.path}/jobs.db`;
    await using server = new JobControlServer(testConfiguration({ store: { file } }), { log: quietLog });
    const address = `127.0.0.1:${await server.start()}`;
    using client = createJobControlClient({ address });
    await using health = new ServingReader(address);
    expect(await health.next()).toBe("serving");

    const ids = Array.from({ length: 50 }, (_, index) => `job-${index}`);
    for (const jobId of ids) await client.jobs.start({ jobId, jobType: "forever" });
    await vi.waitFor(() => expect(existsSync(`${file}-reserve`)).toBe(true), patience);
    small.fill();

    // The last Starts that are answered with OK use up what is reserved; then they are refused.
    const started: string[] = [];
    const refusal = await startUntilRefused(client, started);
    expect(refusal).toMatchObject({ reason: "STORE_FULL" });
    expect(await health.next()).toBe("not-serving");
    expect((await client.jobs.listJobs({})).jobs.length).toBeGreaterThan(50);
    for (const jobId of [...ids, ...started]) {
      expect((await client.jobs.getStatus({ jobId })).status?.state).toBe(JobState.RUNNING);
      const { status } = await client.jobs.stop({ jobId, wait: true });
      expect(status?.state).toBe(JobState.STOPPED);
    }

    small.empty();
    expect(await health.next()).toBe("serving");
    const { status } = await client.jobs.start({ jobId: "job-0" });
    expect(status?.state).toBe(JobState.RUNNING);
    await client.jobs.stop({ jobId: "job-0", wait: true });
    await server.drain();

    // Nothing that was answered is lost.
    const store = createSqliteStore({ file });
    const { jobs } = await store.load();
    await store[Symbol.asyncDispose]();
    const states = new Map(jobs.map((job) => [job.status.jobId, job.status.state]));
    for (const jobId of [...ids, ...started]) expect(states.get(jobId)).toBe("stopped");
  }, 120_000);
});

/** Starts jobs with large inputs until that is refused, and keeps the ids of those that were not. */
async function startUntilRefused(client: JobControlClient, started: string[]): Promise<CallFailure> {
  const input = { text: "x".repeat(60_000) };
  for (;;) {
    const jobId = `last-${started.length}`;
    try {
      await client.jobs.start({ jobId, jobType: "forever", input });
      started.push(jobId);
    } catch (error) {
      return describeFailure(error);
    }
  }
}
