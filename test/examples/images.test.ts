import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import jpeg from "jpeg-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WatchStatusRequest_Until as Until } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { ServedExample } from "./served-example.ts";

/** The images example, served as its README says, with its pictures in a folder of its own. */
let folder: TemporaryFolder;
let server: ServedExample;
let client: JobControlClient;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  server = await ServedExample.start("examples/images/jobcontrol.config.ts", { IMAGES: folder.path });
  client = createJobControlClient({ address: server.address });
});

afterAll(async () => {
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The status of a job when its current run is done. */
async function done(jobId: string): Promise<JobStatus> {
  for await (const _message of client.jobs.watchStatus({ jobIds: [jobId], until: Until.CURRENT_RUN_DONE }));
  const { status } = await client.jobs.getStatus({ jobId, includeResult: true });
  if (status === undefined) throw new Error(`No status of ${jobId}`);
  return status;
}

describe("the images example", () => {
  it("says what is missing where there are no photos", async () => {
    await client.jobs.start({ jobId: "thumbnails" });
    expect(await done("thumbnails")).toMatchObject({
      state: JobState.FAILED,
      reason: "THREW",
      message: "There are no photos: start the job photos first",
    });
  });

  it("draws photos, and makes a small picture of each", async () => {
    await client.jobs.start({ jobId: "photos", input: { count: 2 } });
    expect(await done("photos")).toMatchObject({ state: JobState.SUCCEEDED, result: { photos: 2 } });
    await client.jobs.start({ jobId: "thumbnails", input: { width: 60 } });
    const status = await done("thumbnails");
    expect(status).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { images: 2, width: 60 },
      currentRun: { progress: { current: 2, total: 2, unit: "images" } },
    });
    const names = await readdir(join(folder.path, "thumbnails", "60"));
    expect(names.toSorted()).toEqual(["photo-0001.jpg", "photo-0002.jpg"]);
    const small = jpeg.decode(await readFile(join(folder.path, "thumbnails", "60", "photo-0002.jpg")));
    expect([small.width, small.height]).toEqual([60, 40]);
    // The sky above, and the green hills below.
    const [, , blueAbove = 0] = small.data.subarray(0, 3);
    const [, , blueBelow = 0] = small.data.subarray(-4, -1);
    expect(blueAbove).toBeGreaterThan(blueBelow + 80);
  });

  it("refuses a width that makes no picture", async () => {
    for (const width of [0, -5, 1.5, 5000, "wide"]) {
      await client.jobs.start({ jobId: "thumbnails", input: { width } });
      expect(await done("thumbnails")).toMatchObject({ state: JobState.FAILED, reason: "THREW" });
    }
  });

  it("answers while its threads work, and stops half way through", async () => {
    await client.jobs.start({ jobId: "photos", input: { count: 1000 } });
    const watch = new AbortController();
    const messages = client.jobs.watchStatus({ jobIds: ["photos"] }, { signal: watch.signal });
    for await (const { status } of messages) if ((status?.currentRun?.progress?.total ?? 0) === 1000) break;
    watch.abort();
    const { status } = await client.jobs.stop({ jobId: "photos", wait: true });
    expect(status).toMatchObject({
      state: JobState.STOPPED,
      currentRun: { stopping: { acknowledged: true } },
    });
    expect(status?.currentRun?.progress?.current).toBeLessThan(1000);
  });
});
