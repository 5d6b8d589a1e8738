import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import jpeg from "jpeg-js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { killAll } from "../cli/jobctl-process.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { ServedExample } from "./served-example.ts";

/** The images example, with its pictures in a folder of its own. */
let folder: TemporaryFolder;
let example: ServedExample;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  vi.stubEnv("IMAGES", folder.path);
  example = await ServedExample.start("images");
});

afterAll(async () => {
  example[Symbol.dispose]();
  await killAll();
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

describe("the images example", () => {
  it("says what is missing where there are no photos", async () => {
    expect(await example.run("thumbnails")).toMatchObject({
      state: JobState.FAILED,
      reason: "THREW",
      message: "There are no photos: start the job photos first",
    });
  });

  it("draws photos, and makes a small picture of each", async () => {
    expect(await example.run("photos", { count: 2 })).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { photos: 2 },
    });
    const status = await example.run("thumbnails", { width: 60 });
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
      expect(await example.run("thumbnails", { width })).toMatchObject({
        state: JobState.FAILED,
        reason: "THREW",
      });
    }
  });

  it("answers while its threads work, and stops half way through", async () => {
    await example.runUntil(
      "photos",
      { count: 1000 },
      ({ currentRun }) => currentRun?.progress?.total === 1000,
    );
    const { status } = await example.client.jobs.stop({ jobId: "photos", wait: true });
    expect(status).toMatchObject({
      state: JobState.STOPPED,
      currentRun: { stopping: { acknowledged: true } },
    });
    expect(status?.currentRun?.progress?.current).toBeLessThan(1000);
  });
});
