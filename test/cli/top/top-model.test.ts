import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  WatchStatusResponse_Kind as Kind,
  WatchStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { pressed } from "../../../src/cli/top/top-keys.ts";
import { TopModel } from "../../../src/cli/top/top-model.ts";

function hear(model: TopModel, jobId: string, state: JobState, kind: Kind = Kind.CHANGED): void {
  model.hear(create(WatchStatusResponseSchema, { kind, status: { jobId, jobType: "type", state } }));
}

function setup(jobs: Readonly<Record<string, JobState>> = {}): TopModel {
  const model = new TopModel();
  for (const [jobId, state] of Object.entries(jobs)) hear(model, jobId, state);
  return model;
}

function ids(model: TopModel): string[] {
  return model.shown.map(({ jobId }) => jobId);
}

/** Types a text, a key a letter. */
function type(model: TopModel, text: string) {
  return [...text].map((sequence) => pressed(model, { sequence }, 10)).at(-1);
}

const five = {
  old: JobState.SUCCEEDED,
  bad: JobState.FAILED,
  zulu: JobState.RUNNING,
  alpha: JobState.SCHEDULED,
  off: JobState.STOPPED,
};

describe("TopModel", () => {
  it("shows first what does something or will, then what failed, then the rest; each by its id", () => {
    expect(ids(setup(five))).toEqual(["alpha", "zulu", "bad", "off", "old"]);
  });

  it("keeps a job in its place while its schedule runs it", () => {
    const model = setup(five);
    hear(model, "alpha", JobState.RUNNING);
    expect(ids(model)).toEqual(["alpha", "zulu", "bad", "off", "old"]);
  });

  it("selects the first job until another one is moved to, and then that one, wherever it is", () => {
    const model = setup({ b: JobState.RUNNING, c: JobState.RUNNING });
    hear(model, "a", JobState.RUNNING);
    expect(model.selected?.jobId).toBe("a");
    model.move(1);
    hear(model, "b", JobState.STOPPED);
    expect(model.selected?.jobId).toBe("b");
    expect(model.indexIn(model.shown)).toBe(2);
  });

  it("selects what takes the place of a job that is gone, and nothing where there is none", () => {
    const model = setup({ a: JobState.RUNNING, b: JobState.RUNNING });
    model.move(1);
    hear(model, "b", JobState.STOPPED, Kind.REMOVED);
    expect(model.selected?.jobId).toBe("a");
    hear(model, "a", JobState.STOPPED, Kind.REMOVED);
    expect(model.selected).toBeUndefined();
    model.move(1);
    expect(model.selected).toBeUndefined();
  });

  it("forgets everything where the server could not go on", () => {
    const model = setup(five);
    model.hear(create(WatchStatusResponseSchema, { kind: Kind.RESET }));
    expect(model.size).toBe(0);
    expect(model.counts).toEqual([]);
  });

  it("counts the jobs in each state, the most first", () => {
    const model = setup({ a: JobState.RUNNING, b: JobState.FAILED, c: JobState.FAILED });
    expect(model.counts).toEqual([
      [JobState.FAILED, 2],
      [JobState.RUNNING, 1],
    ]);
  });
});

describe("The keys of top", () => {
  it("move the selection, and not beyond the ends", () => {
    const model = setup(five);
    type(model, "jjk");
    expect(model.selected?.jobId).toBe("zulu");
    pressed(model, { name: "up" }, 10);
    pressed(model, { name: "up" }, 10);
    expect(model.selected?.jobId).toBe("alpha");
    type(model, "G");
    expect(model.selected?.jobId).toBe("old");
    pressed(model, { name: "pagedown" }, 10);
    expect(model.selected?.jobId).toBe("old");
    type(model, "g");
    expect(model.selected?.jobId).toBe("alpha");
  });

  it("filter by id, type or state as they are typed, q and s too", () => {
    const model = setup({ ...five, "queue-stats": JobState.RUNNING });
    type(model, "/QUEUE-s");
    expect(ids(model)).toEqual(["queue-stats"]);
    for (let times = 0; times < 9; times++) pressed(model, { name: "backspace" }, 10);
    type(model, "failed");
    expect(ids(model)).toEqual(["bad"]);
    pressed(model, { name: "return" }, 10);
    expect(model.mode.kind).toBe("look");
    expect(ids(model)).toEqual(["bad"]);
    pressed(model, { name: "escape" }, 10);
    expect(ids(model)).toHaveLength(6);
  });

  it("stop only the job that was asked about, and only at y", () => {
    const model = setup(five);
    expect(type(model, "s")).toBe("none");
    expect(model.mode).toEqual({ kind: "confirm", jobId: "alpha" });
    // Arrows answer too: the question is about the job that was selected.
    expect(pressed(model, { name: "down" }, 10)).toBe("none");
    expect(model.mode.kind).toBe("look");
    type(model, "s");
    expect(pressed(model, { name: "y", sequence: "y" }, 10)).toBe("stop");
    expect(model.mode).toEqual({ kind: "confirm", jobId: "alpha" });
  });

  it("do nothing to a job where there is none", () => {
    const model = setup();
    expect(type(model, "s")).toBe("none");
    expect(type(model, "p")).toBe("none");
    expect(model.mode.kind).toBe("look");
  });

  it("quit, and at Ctrl-C from anywhere", () => {
    const model = setup(five);
    expect(type(model, "q")).toBe("quit");
    type(model, "/");
    expect(pressed(model, { name: "c", ctrl: true, sequence: "\u0003" }, 10)).toBe("interrupt");
    expect(type(model, "q")).toBe("none");
  });
});
