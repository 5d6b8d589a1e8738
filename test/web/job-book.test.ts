import { describe, expect, it } from "vitest";
import { WatchStatusResponse_Kind as Kind } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { JobBook } from "../../web/watch/job-book.ts";
import { presentError } from "../../web/watch/known-job.ts";
import { changed, removed, run, snapshot, told } from "./sample.ts";

/** A book that has been told a snapshot of these jobs. */
function bookOf(...ids: string[]): JobBook {
  const book = new JobBook();
  book.begin();
  for (const id of ids) book.apply(snapshot(id));
  book.apply(told(Kind.SNAPSHOT_END, "e:1"));
  return book;
}

function idsOf(book: JobBook): string[] {
  return book.jobs().map(({ status }) => status.jobId);
}

describe("JobBook", () => {
  it("is complete when the snapshot has been told, and not before", () => {
    const book = new JobBook();
    book.begin();
    book.apply(snapshot("a"));
    expect(book).toMatchObject({ isComplete: false, size: 1, token: "" });
    book.apply(told(Kind.SNAPSHOT_END, "e:1"));
    expect(book).toMatchObject({ isComplete: true, size: 1, token: "e:1" });
  });

  it("has the jobs in the order of their names, where numbers count as numbers", () => {
    const book = bookOf("job-10", "job-9", "Job-1", "a");
    expect(idsOf(book)).toEqual(["a", "Job-1", "job-9", "job-10"]);
    book.apply(changed("job-2", {}));
    expect(idsOf(book)).toEqual(["a", "Job-1", "job-2", "job-9", "job-10"]);
  });

  it("counts states, types and labels as jobs change and go", () => {
    const book = bookOf("a", "b");
    book.apply(changed("a", { state: JobState.RUNNING, labels: { team: "x" } }));
    expect(book.countOf(JobState.RUNNING)).toBe(1);
    expect(book.countOf(JobState.STOPPED)).toBe(1);
    expect(book.labels()).toEqual(["team=x"]);
    book.apply(removed("a"));
    expect(book.countOf(JobState.RUNNING)).toBe(0);
    expect(book.labels()).toEqual([]);
    expect(book.types()).toEqual(["report"]);
    book.apply(removed("b"));
    expect(book.types()).toEqual([]);
  });

  it("keeps the last token, also that of a bookmark", () => {
    const book = bookOf("a");
    book.apply(told(Kind.BOOKMARK, "e:9"));
    expect(book.token).toBe("e:9");
    book.apply(told(Kind.CLOSING));
    expect(book.token).toBe("e:9");
  });

  it("takes up where it was: a resumed watch leaves what it does not tell of as it is", () => {
    const book = bookOf("a", "b");
    book.begin();
    book.apply(changed("b", { state: JobState.RUNNING }));
    book.apply(told(Kind.SNAPSHOT_END, "e:2"));
    expect(idsOf(book)).toEqual(["a", "b"]);
  });

  it("forgets at RESET what the new snapshot does not have, but not before that is there", () => {
    const book = bookOf("gone", "stays");
    book.apply(told(Kind.RESET));
    expect(book).toMatchObject({ token: "", isComplete: false });
    expect(idsOf(book)).toEqual(["gone", "stays"]);
    book.apply(snapshot("stays"));
    book.apply(snapshot("new"));
    book.apply(told(Kind.SNAPSHOT_END, "f:1"));
    expect(idsOf(book)).toEqual(["new", "stays"]);
    expect(book.token).toBe("f:1");
  });

  it("begins anew where it was cut off in its first snapshot", () => {
    const book = new JobBook();
    book.begin();
    book.apply(snapshot("gone"));
    book.begin();
    book.apply(snapshot("a"));
    book.apply(told(Kind.SNAPSHOT_END, "e:1"));
    expect(idsOf(book)).toEqual(["a"]);
  });
});

describe("JobBook, of runs", () => {
  it("remembers how long those took that it saw end, each once", () => {
    const book = bookOf("a");
    book.apply(changed("a", { currentRun: run("1", 10) }));
    book.apply(changed("a", { currentRun: run("1", 10) }));
    book.apply(
      changed("a", { currentRun: run("2", 20, { endTime: undefined as never, state: JobState.RUNNING }) }),
    );
    book.apply(changed("a", { currentRun: run("2", 25) }));
    expect(book.get("a")?.ended.map(({ ms }) => ms)).toEqual([10, 25]);
  });

  it("puts those that were read before those that were seen", () => {
    const book = bookOf("a");
    book.apply(changed("a", { currentRun: run("3", 30) }));
    book.addRuns("a", [run("3", 30), run("2", 20), run("1", 10)]);
    expect(book.get("a")).toMatchObject({ hasHistory: true, ended: [{ ms: 10 }, { ms: 20 }, { ms: 30 }] });
  });

  it("keeps twenty of them", () => {
    const book = bookOf("a");
    for (let i = 1; i <= 30; i++) book.apply(changed("a", { currentRun: run(String(i), i) }));
    expect(book.get("a")?.ended.map(({ ms }) => ms)).toEqual(Array.from({ length: 20 }, (_, i) => i + 11));
  });

  it("knows the last error when the next run has begun, and calls it present until a run succeeds", () => {
    const book = bookOf("a");
    const error = { reason: "THREW", message: "no" };
    book.apply(changed("a", { state: JobState.FAILED, currentRun: run("1", 1, { error }) }));
    const counters = { consecutiveFailures: 1n };
    book.apply(changed("a", { state: JobState.RUNNING, counters, currentRun: run("2", 1) }));
    const failing = book.get("a");
    expect(failing && presentError(failing)).toMatchObject(error);
    book.apply(changed("a", { state: JobState.SUCCEEDED, counters: {}, currentRun: run("2", 1) }));
    const mended = book.get("a");
    expect(mended && presentError(mended)).toBeUndefined();
    expect(mended?.lastError).toMatchObject(error);
  });

  it("has no past of a job that was made anew under its old id", () => {
    const book = bookOf("a");
    book.apply(changed("a", { currentRun: run("1", 1) }));
    book.apply(changed("a", { uid: "another" }));
    expect(book.get("a")?.ended).toEqual([]);
  });
});
