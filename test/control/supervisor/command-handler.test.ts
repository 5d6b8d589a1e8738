import { describe, expect, it } from "vitest";
import type { JobType } from "../../../src/job/job-type.ts";
import { succeeded } from "../../job/subject.ts";
import { DecidedJobs, startCommand } from "../decided-jobs.ts";

const t = { name: "t", template: true };
const ofT = { jobType: "t" };

describe("CommandHandler.apply()", () => {
  it("stages what takes effect, and tells which run has begun", () => {
    const jobs = new DecidedJobs({ types: [t] });
    const verdict = jobs.start("a", { ...ofT, input: { n: 1 } });
    const status = jobs.status("a");
    expect(verdict).toEqual({
      outcome: "applied",
      answer: { started: true, runId: status?.currentRun?.runId, status },
    });
    expect(jobs.table.batch.changes).toMatchObject([
      { revision: 1, status: { jobId: "a", state: "running" } },
    ]);
    expect(jobs.table.batch.effects).toMatchObject([{ effect: { kind: "startRun", input: { n: 1 } } }]);
  });

  it("answers with what would happen, and stages nothing, where it is only to validate", () => {
    const jobs = new DecidedJobs({ types: [t] });
    const verdict = jobs.start("a", { ...ofT, validateOnly: true });
    expect(verdict).toMatchObject({
      outcome: "applied",
      answer: { started: true, status: { state: "running" } },
    });
    expect(jobs.table.batch.isEmpty).toBe(true);
    expect(jobs.status("a")).toBeUndefined();
  });

  it("says NO_CHANGE, and stages nothing, where the job is as asked", () => {
    const jobs = new DecidedJobs({ types: [t] });
    jobs.start("a", ofT);
    jobs.commit();
    const status = jobs.status("a");
    expect(jobs.start("a")).toEqual({ outcome: "no-change", answer: { started: false, status } });
    expect(jobs.table.batch.isEmpty).toBe(true);
  });

  it("decides on top of what is staged and not committed", () => {
    const jobs = new DecidedJobs({ types: [t] });
    jobs.start("a", ofT);
    expect(jobs.stop("a")).toMatchObject({ outcome: "applied", answer: { status: { state: "stopping" } } });
    expect(jobs.table.committed("a")).toBeUndefined();
    expect(jobs.commit().changes.map(({ status }) => status.state)).toEqual(["running", "stopping"]);
  });

  it("finds no job that is not there, unless it is a Start", () => {
    const jobs = new DecidedJobs({ types: [t] });
    expect(jobs.stop("a")).toMatchObject({ outcome: "rejected", refusal: { code: "JOB_NOT_FOUND" } });
    expect(jobs.start("a")).toMatchObject({
      outcome: "rejected",
      refusal: { code: "JOB_TYPE_NOT_FOUND", metadata: { jobType: "a" } },
    });
  });

  it("refuses what was meant for another version of the job, one that is not there included", () => {
    const jobs = new DecidedJobs({ types: [t] });
    const stale = { outcome: "rejected", refusal: { code: "ETAG_MISMATCH" } };
    expect(jobs.start("a", { ...ofT, etag: "12345678-1" })).toMatchObject(stale);
    jobs.start("a", ofT);
    const { etag = "" } = jobs.status("a") ?? {};
    jobs.stop("a", { etag });
    expect(jobs.stop("a", { etag, force: true })).toMatchObject(stale);
    expect(jobs.start("a", { etag })).toMatchObject(stale);
  });

  it("names a job after the command where the Start does not", () => {
    const jobs = new DecidedJobs({ types: [t] });
    jobs.start("", { ...ofT, commandId: "0198-7" });
    expect(jobs.status("0198-7")).toMatchObject({ jobId: "0198-7", state: "running" });
  });

  it("keeps a job to its type", () => {
    const jobs = new DecidedJobs({ types: [t, { name: "other" }] });
    jobs.start("a", ofT);
    expect(jobs.start("a", { jobType: "other" })).toMatchObject({
      outcome: "rejected",
      refusal: { code: "WRONG_TYPE", metadata: { jobType: "t" } },
    });
  });

  it("starts no job whose type is not declared any more, and stops it just the same", () => {
    const jobs = new DecidedJobs({ types: [{ name: "new" }] });
    const before = new DecidedJobs({ types: [{ name: "old", template: true }] });
    before.start("a", { jobType: "old" });
    const job = before.table.get("a");
    if (job === undefined) throw new Error("No job");
    jobs.table.stage({ before: undefined, after: job });
    expect(jobs.start("a")).toMatchObject({
      refusal: { code: "JOB_TYPE_NOT_FOUND", metadata: { jobType: "old" } },
    });
    expect(jobs.stop("a")).toMatchObject({ outcome: "applied" });
  });

  it("makes no more jobs than there may be; those that are there it starts", () => {
    const jobs = new DecidedJobs({ types: [t], maxJobs: 1 });
    jobs.start("a", ofT);
    jobs.handle("a", { kind: "ended", runId: jobs.runId("a"), result: succeeded });
    expect(jobs.start("b", ofT)).toMatchObject({ outcome: "dropped", refusal: { code: "TOO_MANY_JOBS" } });
    expect(jobs.start("a", ofT)).toMatchObject({ outcome: "applied" });
  });

  it("gives a stopped run the grace of its type, unless the Stop says another", () => {
    const jobs = new DecidedJobs({ types: [{ ...t, stopGraceMs: 7000 }] });
    for (const jobId of ["a", "b"]) jobs.start(jobId, ofT);
    jobs.stop("a");
    jobs.stop("b", { graceMs: 0 });
    const nowMs = jobs.clock.now();
    expect(jobs.status("a")?.currentRun?.stopping?.forceTimeMs).toBe(nowMs + 7000);
    expect(jobs.status("b")?.currentRun?.stopping?.forceTimeMs).toBe(nowMs);
  });

  it("lets others move up in the same batch", () => {
    const queue = { capacity: 1, fullMode: "drop-oldest" } as const;
    const jobs = new DecidedJobs({ types: [{ ...t, concurrency: 1, queue }] });
    for (const jobId of ["a", "b", "c"]) jobs.start(jobId, ofT);
    expect(["a", "b", "c"].map((jobId) => jobs.status(jobId)?.state)).toEqual([
      "running",
      "failed",
      "pending",
    ]);
    expect(jobs.table.batch.changes).toHaveLength(4);
  });
});

describe("a Start that finds the queue of its type full", () => {
  const wait: JobType["queue"] = { capacity: 0, fullMode: "wait" };

  it("waits for room, where the queue says so; to validate it does not", () => {
    const jobs = new DecidedJobs({ types: [{ ...t, concurrency: 1, queue: wait }] });
    jobs.start("a", ofT);
    const refusal = { code: "QUEUE_FULL" };
    expect(jobs.start("b", ofT)).toMatchObject({ outcome: "waits", refusal });
    expect(jobs.start("b", { ...ofT, validateOnly: true })).toMatchObject({ outcome: "dropped", refusal });
    expect(jobs.status("b")).toBeUndefined();
  });

  it("is dropped, where the queue says so", () => {
    const queue = { ...wait, fullMode: "drop-write" } as const;
    const jobs = new DecidedJobs({ types: [{ ...t, concurrency: 1, queue }] });
    jobs.start("a", ofT);
    expect(jobs.start("b", ofT)).toMatchObject({ outcome: "dropped", refusal: { code: "QUEUE_FULL" } });
  });
});

describe("CommandHandler.hasRoomFor()", () => {
  function full() {
    const queue = { capacity: 1, fullMode: "wait" } as const;
    const jobs = new DecidedJobs({ types: [{ ...t, concurrency: 1, queue }] });
    for (const jobId of ["running", "pending"]) jobs.start(jobId, ofT);
    return jobs;
  }

  it("is false for a Start that would find the queue full still, and true once it would not", () => {
    const jobs = full();
    const start = startCommand("a", ofT);
    expect(jobs.commands.hasRoomFor(start)).toBe(false);
    jobs.stop("pending");
    expect(jobs.commands.hasRoomFor(start)).toBe(true);
  });

  it.each(["running", "pending"])("is true where its job is %s by now, and needs no room", (jobId) => {
    expect(full().commands.hasRoomFor(startCommand(jobId, ofT))).toBe(true);
  });

  it("is true for what is refused anyway", () => {
    expect(full().commands.hasRoomFor(startCommand("a", { jobType: "unknown" }))).toBe(true);
  });
});
