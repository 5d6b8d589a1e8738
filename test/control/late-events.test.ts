import { describe, expect, it } from "vitest";
import { Harness } from "./core-harness.ts";
import { FailingStore } from "./failing-store.ts";

const yearly = {
  kind: "cron",
  expression: "0 0 1 1 *",
  timeZone: "UTC",
  overlap: "skip",
  catchUpMs: 0,
} as const;
const type = { name: "t", template: true, schedule: yearly, retentionMs: 60_000 };
const jobIds = Array.from({ length: 1000 }, (_, index) => `job-${index}`);

function shown({ control }: Harness): string[] {
  const everything = { pageSize: 1000, pageToken: "", labels: {}, states: [], jobType: "" };
  return control.list(everything).jobs.map(({ jobId }) => jobId);
}

describe("the retention of a settled job", () => {
  it("begins anew where it was started and stopped while its end waited behind those of others", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ store, types: [type], lane: { capacity: 1000 } });
    await Promise.all(jobIds.map((jobId) => harness.start(jobId, { jobType: "t" })));
    await Promise.all(jobIds.map((jobId) => harness.stop(jobId)));
    const written = Promise.withResolvers<void>();
    store.delay = () => written.promise;
    // All of them have come to their end; what the first have left is being written.
    await harness.clock.advance(70_000);
    const started = harness.start("job-999");
    written.resolve();
    await started;
    await harness.stop("job-999");
    await harness.settle();
    expect(shown(harness)).toEqual(["job-999"]);
    await harness.clock.advance(50_000);
    expect(shown(harness)).toEqual(["job-999"]);
    await harness.clock.advance(20_000);
    expect(shown(harness)).toEqual([]);
  });
});
