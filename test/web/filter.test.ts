import { describe, expect, it } from "vitest";
import { WatchStatusResponse_Kind as Kind } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { readSelection, type Selection, select, selectionQuery } from "../../web/jobs/filter.ts";
import { JobBook } from "../../web/watch/job-book.ts";
import { run, snapshot, told } from "./sample.ts";

const book = new JobBook();
book.begin();
book.apply(snapshot("backup", { state: JobState.SUCCEEDED, revision: 7n, labels: { team: "ops" } }));
book.apply(
  snapshot("mail-1", {
    jobType: "mail",
    state: JobState.FAILED,
    revision: 9n,
    labels: { team: "shop", vip: "" },
    currentRun: run("1", 1, { state: JobState.FAILED, error: { message: "451 Try again" } }),
  }),
);
book.apply(
  snapshot("mail-2", {
    jobType: "mail",
    state: JobState.SCHEDULED,
    nextRunTime: { seconds: 5n },
    revision: 8n,
  }),
);
book.apply(told(Kind.SNAPSHOT_END, "e:9"));

const everything = readSelection("");

function ids(selection: Partial<Selection>): string[] {
  return select(book.jobs(), { ...everything, ...selection }).map(({ status }) => status.jobId);
}

describe("select()", () => {
  it("finds words in ids, types, labels and errors, whatever their case, all of them or nothing", () => {
    expect(ids({ text: "MAIL" })).toEqual(["mail-1", "mail-2"]);
    expect(ids({ text: " shop  mail " })).toEqual(["mail-1"]);
    expect(ids({ text: "451 try" })).toEqual(["mail-1"]);
    expect(ids({ text: "mail ops" })).toEqual([]);
  });

  it("takes jobs of one of the states, of the type, and with all the labels", () => {
    expect(ids({ states: [JobState.FAILED, JobState.SUCCEEDED] })).toEqual(["backup", "mail-1"]);
    expect(ids({ type: "mail", states: [JobState.SCHEDULED] })).toEqual(["mail-2"]);
    expect(ids({ labels: ["team"] })).toEqual(["backup", "mail-1"]);
    expect(ids({ labels: ["team=shop", "vip"] })).toEqual(["mail-1"]);
    expect(ids({ labels: ["vip="] })).toEqual(["mail-1"]);
    expect(ids({ labels: ["team=", "constructor"] })).toEqual([]);
  });

  it("orders by name, by state with the worst first, by the next run, and by the last change", () => {
    expect(ids({})).toEqual(["backup", "mail-1", "mail-2"]);
    expect(ids({ order: "state" })).toEqual(["mail-1", "mail-2", "backup"]);
    expect(ids({ order: "next" })).toEqual(["mail-2", "backup", "mail-1"]);
    expect(ids({ order: "changed" })).toEqual(["mail-1", "mail-2", "backup"]);
  });
});

describe("A selection in the page's address", () => {
  it("is read as it was written, whatever is in it", () => {
    const selection: Selection = {
      text: "a & b=c #?",
      states: [JobState.FAILED, JobState.RUNNING],
      type: "mail",
      labels: ["team=shop&more", "vip"],
      order: "state",
    };
    expect(readSelection(selectionQuery(selection))).toEqual(selection);
  });

  it("is empty for everything, and reads what it does not know as if it were not there", () => {
    expect(selectionQuery(everything)).toBe("");
    expect(readSelection("state=no-such&order=up&x=1")).toEqual(everything);
  });
});
