import { describe, expect, it } from "vitest";
import { Harness } from "./core-harness.ts";

describe("a run that is asked to stop", () => {
  it("is told of by one change where it ends at once", async () => {
    await using harness = await Harness.start();
    await harness.start("job");
    const { status } = await harness.stop("job");
    const run = harness.runner.of("job");
    run.observer.acknowledged();
    run.fail("ABORTED");
    await harness.settle();
    expect(await harness.status("job")).toMatchObject({
      state: "stopped",
      revision: (status?.revision ?? 0) + 1,
      currentRun: { stopping: { acknowledged: true } },
    });
  });

  it("is known to have heard of it where it goes on", async () => {
    await using harness = await Harness.start();
    await harness.start("job");
    await harness.stop("job");
    harness.runner.of("job").observer.acknowledged();
    await harness.settle();
    expect(await harness.status("job")).toMatchObject({
      state: "stopping",
      currentRun: { stopping: { acknowledged: true } },
    });
  });

  it("has not done its work where it heard that its time is over, and ended at once", async () => {
    await using harness = await Harness.start({
      types: [{ name: "job", timeoutMs: 1000, stopGraceMs: 500 }],
    });
    await harness.start("job");
    await harness.clock.advance(1000);
    const run = harness.runner.of("job");
    expect(run.stops).toBe(1);
    run.observer.acknowledged();
    run.succeed();
    await harness.settle();
    expect(await harness.status("job")).toMatchObject({ state: "failed", reason: "TIMED_OUT" });
  });

  it("has done its work where it had not heard of it", async () => {
    await using harness = await Harness.start({
      types: [{ name: "job", timeoutMs: 1000, stopGraceMs: 500 }],
    });
    await harness.start("job");
    await harness.clock.advance(1000);
    harness.runner.of("job").succeed();
    await harness.settle();
    expect(await harness.status("job")).toMatchObject({ state: "succeeded" });
  });
});
