import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SortedStatuses } from "../../../src/control/watch/sorted-statuses.ts";
import { createJob } from "../../../src/job/job.ts";
import type { JobStatus } from "../../../src/job/job-status.ts";

function statusOf(id: number, revision: number): JobStatus {
  const jobId = `job-${String(id).padStart(4, "0")}`;
  const { status } = createJob({ jobId, jobType: "t", uid: jobId, nowMs: 0 });
  return { ...status, revision };
}

const brief = ({ jobId, revision }: JobStatus) => `${jobId}@${revision}`;

describe("SortedStatuses", () => {
  it("gives all in the order of their ids, however they came", () => {
    const statuses = new SortedStatuses();
    for (let step = 0; step < 2000; step++) statuses.set(statusOf((step * 7919) % 2000, step));
    const ids = [...statuses.after("")].map(({ jobId }) => jobId);
    expect(ids).toHaveLength(2000);
    expect(ids).toEqual(ids.toSorted());
  });

  it("gives those beyond an id, which need not be there", () => {
    const statuses = new SortedStatuses();
    for (let id = 0; id < 600; id += 2) statuses.set(statusOf(id, id));
    expect([...statuses.after("job-0101")][0]?.jobId).toBe("job-0102");
    expect([...statuses.after("job-0102")][0]?.jobId).toBe("job-0104");
    expect([...statuses.after("job-9999")]).toEqual([]);
  });

  it("is what a map sorted by its keys is, and shows each reader what there was when he began", () => {
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom("set", "set", "set", "delete", "read"),
        id: fc.integer({ min: 0, max: 900 }),
      }),
      { minLength: 200, maxLength: 3000, size: "max" },
    );
    fc.assert(
      fc.property(steps, (made) => {
        const statuses = new SortedStatuses();
        const model = new Map<string, JobStatus>();
        const readers: { readonly reader: Iterable<JobStatus>; readonly expected: readonly string[] }[] = [];
        for (const [revision, { what, id }] of made.entries()) {
          const status = statusOf(id, revision);
          if (what === "set") {
            statuses.set(status);
            model.set(status.jobId, status);
          } else if (what === "delete") {
            statuses.delete(status.jobId);
            model.delete(status.jobId);
          } else {
            const beyond = [...model.values()].filter(({ jobId }) => jobId > status.jobId);
            const expected = beyond.sort((a, b) => (a.jobId < b.jobId ? -1 : 1)).map(brief);
            readers.push({ reader: statuses.after(status.jobId), expected });
          }
        }
        for (const { reader, expected } of readers) expect([...reader].map(brief)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
