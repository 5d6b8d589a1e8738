import { describe, expect, it } from "vitest";
import { listRuns } from "../../../src/control/lists/list-runs.ts";
import { StatusHub } from "../../../src/control/watch/status-hub.ts";
import type { RunPageRequest } from "../../../src/engine/engine.ts";
import { createJob } from "../../../src/job/job.ts";
import type { RunStatus } from "../../../src/job/job-status.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { Harness } from "../core-harness.ts";

/** A job that has run so many times, each run named by its place: 1 is the oldest. */
async function jobWithRuns(count: number) {
  const harness = await Harness.start({ types: [{ name: "a" }, { name: "b" }] });
  for (let run = 0; run < count; run++) {
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
  }
  const list = async (pageSize: number, pageToken = "") => {
    const { runs, nextPageToken } = await harness.control.listRuns({ jobId: "a", pageSize, pageToken });
    const started = harness.runner.runs.map(({ request }) => request.runId);
    return { places: runs.map(({ runId }) => started.indexOf(runId) + 1), runs, nextPageToken };
  };
  return { harness, list };
}

describe("ListRuns", () => {
  it("lists the newest first, page by page", async () => {
    const { harness, list } = await jobWithRuns(5);
    await using _ = harness;
    const first = await list(2);
    expect(first).toMatchObject({ places: [5, 4], runs: [{ state: "succeeded" }, { state: "succeeded" }] });
    const second = await list(2, first.nextPageToken);
    expect(second.places).toEqual([3, 2]);
    expect(await list(2, second.nextPageToken)).toMatchObject({ places: [1], nextPageToken: "" });
    expect(await list(5)).toMatchObject({ places: [5, 4, 3, 2, 1], nextPageToken: "" });
  });

  it("has no runs of a job that never ran", async () => {
    const { harness, list } = await jobWithRuns(0);
    await using _ = harness;
    expect(await list(10)).toMatchObject({ places: [], nextPageToken: "" });
  });

  it.each([1, 2, 3, 4])(
    "begins with the run that is going on, and has each run once: pages of %d",
    async (size) => {
      const { harness, list } = await jobWithRuns(3);
      await using _ = harness;
      await harness.start("a");
      const places: number[] = [];
      let pageToken = "";
      do {
        const page = await list(size, pageToken);
        expect(page.places.length).toBeLessThanOrEqual(size);
        places.push(...page.places);
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(places).toEqual([4, 3, 2, 1]);
      expect((await list(1)).runs).toMatchObject([{ state: "running" }]);
    },
  );

  it("goes on where it was when the run ended between two pages, and others came", async () => {
    const { harness, list } = await jobWithRuns(2);
    await using _ = harness;
    await harness.start("a");
    const first = await list(1);
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("a");
    expect(first.places).toEqual([3]);
    const second = await list(1, first.nextPageToken);
    expect(second.places).toEqual([2]);
    expect(await list(5, second.nextPageToken)).toMatchObject({ places: [1], nextPageToken: "" });
  });

  it("refuses an unknown job, and a token that no list of runs gave out", async () => {
    await using harness = await Harness.start();
    const { control } = harness;
    const page = { pageSize: 10, pageToken: "" };
    await expect(control.listRuns({ ...page, jobId: "nobody" })).rejects.toMatchObject({
      code: "JOB_NOT_FOUND",
    });
    const ofJobs = Buffer.from("after:job").toString("base64url");
    for (const pageToken of ["nonsense", ofJobs]) {
      const refused = control.listRuns({ ...page, jobId: "job", pageToken });
      await expect(refused).rejects.toMatchObject({
        code: "INVALID_FIELD",
        refusal: { violations: [{ field: "page_token" }] },
      });
    }
  });
});

describe("listRuns()", () => {
  it("has a run once that ends while the history is read, as the history has it", async () => {
    const running = { ...ended("r2"), state: "running", endTimeMs: undefined } as const;
    const hub = new StatusHub({ ring: 10, clock: new FakeClock() });
    const job = createJob({ jobId: "a", jobType: "a", uid: "u", nowMs: 0 });
    const status = { ...job.status, currentRun: running };
    hub.publish({ revision: 1, kind: "changed", status, progressOnly: false });
    const engine = {
      runs: async (_jobId: string, { before, size }: RunPageRequest) => {
        const runs = [ended("r2"), ended("r1")].slice(before === "r2" ? 1 : 0);
        return { runs: runs.slice(0, size), next: runs.length > size ? runs[size - 1]?.runId : undefined };
      },
    };
    const list = (pageSize: number, pageToken: string) =>
      listRuns({ hub, engine }, { jobId: "a", pageSize, pageToken });
    expect((await list(5, "")).runs).toEqual([ended("r2"), ended("r1")]);
    const first = await list(1, "");
    expect(first.runs).toEqual([ended("r2")]);
    expect(await list(1, first.nextPageToken)).toEqual({ runs: [ended("r1")], nextPageToken: "" });
  });
});

function ended(runId: string): RunStatus {
  return { runId, state: "succeeded", attempt: 1, maxAttempts: 1, startTimeMs: 0, endTimeMs: 1 };
}
