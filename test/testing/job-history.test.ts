import { describe, expect, it } from "vitest";
import { JobHistory, readHistory } from "../../src/testing/job-history.ts";
import { Harness } from "../control/core-harness.ts";
import { GatedStore } from "../stress/gated-store.ts";
import { historyOf } from "./hand-made-history.ts";

const history = historyOf(
  { jobId: "b", state: "stopped" },
  { jobId: "a", state: "running" },
  { jobId: "b", state: "stopped", removed: true },
  { jobId: "b", state: "running" },
);

describe("JobHistory", () => {
  it("tells how a job was at a revision, and that it was not there", () => {
    expect(history.statusAt("b", 0)).toBeUndefined();
    expect(history.statusAt("b", 2)).toMatchObject({ state: "stopped", revision: 1 });
    expect(history.statusAt("b", 3)).toBeUndefined();
    expect(history.statusAt("b", 4)).toMatchObject({ state: "running" });
  });

  it("tells which jobs were there, in the order of their ids", () => {
    expect(history.jobsAt(2).map(({ jobId }) => jobId)).toEqual(["a", "b"]);
    expect(history.jobsAt(3).map(({ jobId }) => jobId)).toEqual(["a"]);
  });

  it("refuses changes with a gap", () => {
    const [first, , third] = history.between(0, 3);
    if (first === undefined || third === undefined) throw new Error("The history is too short");
    expect(() => new JobHistory([first, third])).toThrow(new RangeError("Revision is not 2: 3"));
  });
});

describe("readHistory()", () => {
  it("reads what an engine has committed, up to a revision", async () => {
    const store = new GatedStore();
    await using harness = await Harness.start({ types: [{ name: "a" }], store });
    await harness.start("a");
    await harness.settle();
    const engine = { changes: () => ReadableStream.from(store.changes) };
    expect((await readHistory(engine, 2)).at(2)).toEqual(store.changes[1]);
    expect((await readHistory(engine, 0)).revision).toBe(0);
  });
});
