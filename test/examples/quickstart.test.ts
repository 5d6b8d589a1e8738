import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WatchStatusRequest_Until as Until } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { freePort } from "../free-port.ts";

/** The quickstart, served as `npm start` serves it, and each of its jobs run. */
let server: ChildProcess;
let client: JobControlClient;

beforeAll(async () => {
  // The ping must know the port beforehand.
  const address = `127.0.0.1:${await freePort()}`;
  const args = ["src/cli/jobctl.js", "serve", "--config", "examples/quickstart/jobcontrol.config.ts"];
  const env = { ...process.env, JOBCONTROL_LISTEN: address, JOBCONTROL_STORE: "memory:" };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  server = child;
  client = createJobControlClient({ address });
  for await (const line of createInterface(child.stdout)) if (line.endsWith(address)) return;
  throw new Error("The quickstart ended before it was ready");
});

afterAll(() => {
  client[Symbol.dispose]();
  server.kill("SIGKILL");
});

/** The status of a job when its current run is done. */
async function done(jobId: string): Promise<JobStatus> {
  const request = { jobIds: [jobId], until: Until.CURRENT_RUN_DONE };
  for await (const _message of client.jobs.watchStatus(request));
  const { status } = await client.jobs.getStatus({ jobId, includeResult: true });
  if (status === undefined) throw new Error(`No status of ${jobId}`);
  return status;
}

async function check(path: string): Promise<JobStatus> {
  await client.jobs.start({ jobId: "integrity-check", input: { path } });
  return done("integrity-check");
}

function filesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length;
}

describe("the quickstart", () => {
  it("reports how much room the project takes", async () => {
    await client.jobs.start({ jobId: "disk-report" });
    expect(await done("disk-report")).toMatchObject({
      state: JobState.SUCCEEDED,
      message: expect.stringMatching(/^\d+ \.$/),
    });
  });

  it("hashes no hidden file: tools write such files while it reads", async () => {
    await using folder = await mkdtempDisposable(join("test", "hidden-"));
    const path = folder.path;
    await writeFile(join(path, "seen"), "seen");
    const before = await check(path);
    await mkdir(join(path, ".cache"));
    await writeFile(join(path, ".cache", "unseen"), "unseen");
    expect(before.state).toBe(JobState.SUCCEEDED);
    expect((await check(path)).result).toEqual(before.result);
  });

  it("hashes a tree: the same digest for the same files, another for others", async () => {
    const first = await check("proto");
    const again = await check("proto");
    const other = await check("docs");
    expect(first).toMatchObject({ state: JobState.SUCCEEDED, result: { files: filesIn("proto") } });
    expect(again.result).toEqual(first.result);
    expect(other.result).not.toEqual(first.result);
  });

  it("reads nothing outside of the project", async () => {
    for (const path of ["..", "/etc", "src/../../"]) {
      expect(await check(path)).toMatchObject({ state: JobState.FAILED, reason: "THREW" });
    }
  });

  it("stops a check half way, once it has told of progress", async () => {
    await client.jobs.start({ jobId: "integrity-check" });
    const watch = new AbortController();
    const messages = client.jobs.watchStatus({ jobIds: ["integrity-check"] }, { signal: watch.signal });
    for await (const { status } of messages) if ((status?.currentRun?.progress?.current ?? 0) > 0) break;
    watch.abort();
    const { status } = await client.jobs.stop({ jobId: "integrity-check", wait: true });
    expect(status).toMatchObject({
      state: JobState.STOPPED,
      currentRun: { stopping: { acknowledged: true } },
    });
    expect(status?.currentRun?.progress?.current).toBeLessThan(status?.currentRun?.progress?.total ?? 0);
  });

  it("pings its own port, and will again", async () => {
    await client.jobs.start({ jobId: "ping" });
    const status = await done("ping");
    expect(status).toMatchObject({ state: JobState.SCHEDULED, counters: { succeeded: 1n, failed: 0n } });
    expect(status.nextRunTime).toBeDefined();
  });
});
