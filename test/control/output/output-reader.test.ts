import { describe, expect, it } from "vitest";
import type { OutputRequest } from "../../../src/control/output/output.ts";
import { OutputHub } from "../../../src/control/output/output-hub.ts";
import { watchOutput } from "../../../src/control/output/output-reader.ts";
import { StatusHub } from "../../../src/control/watch/status-hub.ts";
import { createJob } from "../../../src/job/job.ts";
import type { JobStatus, RunStatus } from "../../../src/job/job-status.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { OutputReader } from "../core-harness.ts";
import { written } from "../written.ts";

/** The hubs alone, with one job that a test changes as it likes. */
class Hubs {
  readonly clock = new FakeClock();
  readonly output = new OutputHub({ clock: this.clock });
  readonly #status = new StatusHub({ ring: 10, clock: this.clock });
  readonly #job = createJob({ jobId: "job", jobType: "type", uid: "u-1", nowMs: 0 });

  constructor() {
    this.show({});
  }

  /** Shows a change, and lets everything happen that follows from it. */
  async publish(change: Partial<JobStatus>): Promise<void> {
    this.show(change);
    await this.clock.advance(10);
  }

  show(change: Partial<JobStatus>, kind: "changed" | "removed" = "changed"): void {
    const revision = this.#status.revision + 1;
    const status = { ...this.#job.status, ...change, revision };
    this.#status.publish({ revision, kind, status, progressOnly: false });
  }

  follow(over: Partial<OutputRequest> = {}): OutputReader {
    const { signal } = new AbortController();
    const options = {
      hub: this.#status,
      output: this.output,
      clock: this.clock,
      closing: signal,
      call: { signal },
    };
    return new OutputReader(watchOutput({ jobId: "job", runId: "", follow: true, ...over }, options));
  }
}

function run(runId: string, over: Partial<RunStatus> = {}): RunStatus {
  return { runId, state: "running", attempt: 1, maxAttempts: 1, startTimeMs: 0, ...over };
}

describe("watchOutput()", () => {
  it("waits for the run of a job that is PENDING, though there was one before", async () => {
    const hubs = new Hubs();
    hubs.output.write(hubs.output.begin("u-1", "old"), "log", written("old"));
    await hubs.publish({ state: "pending", currentRun: run("old", { endTimeMs: 1 }) });
    const texts = hubs.follow().texts();
    await hubs.publish({ state: "running", currentRun: run("new") });
    hubs.output.write(hubs.output.begin("u-1", "new"), "log", written("new"));
    await hubs.publish({ state: "succeeded", currentRun: run("new", { endTimeMs: 2 }) });
    expect(await texts).toEqual(["new"]);
    await hubs.publish({ state: "pending", currentRun: run("new", { endTimeMs: 2 }) });
    expect(await hubs.follow({ follow: false }).texts()).toEqual(["new"]);
    expect(await hubs.follow({ runId: "old" }).texts()).toEqual(["old"]);
  });

  it("goes on over the attempts of a run", async () => {
    const hubs = new Hubs();
    await hubs.publish({ state: "running", currentRun: run("r") });
    const texts = hubs.follow().texts();
    hubs.output.write(hubs.output.begin("u-1", "r"), "log", written("first"));
    await hubs.publish({ state: "retrying", currentRun: run("r") });
    await hubs.publish({ state: "running", currentRun: run("r", { attempt: 2 }) });
    hubs.output.write(hubs.output.begin("u-1", "r"), "log", written("second"));
    await hubs.publish({ state: "succeeded", currentRun: run("r", { endTimeMs: 2 }) });
    expect(await texts).toEqual(["first", "second"]);
  });

  it("ends its wait for a first run with the job, though another is made under its id", async () => {
    const hubs = new Hubs();
    const refused = expect(hubs.follow().rest()).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    await hubs.clock.advance(0);
    hubs.show({}, "removed");
    hubs.show({ uid: "u-2", state: "running", currentRun: run("r") });
    await refused;
  });

  it("knows the last run of a job that it has no output of: that of the process before", async () => {
    const hubs = new Hubs();
    await hubs.publish({ state: "lost", currentRun: run("before", { endTimeMs: 1 }) });
    expect(await hubs.follow().rest()).toEqual([]);
    expect(await hubs.follow({ runId: "before" }).rest()).toEqual([]);
  });
});
