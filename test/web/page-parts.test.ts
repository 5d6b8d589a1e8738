import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ChannelStatsSchema } from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { DesiredState, JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { OutputLineSchema } from "../../gen/jobcontrol/v1/output_pb.ts";
import { jobAddress, readRoute } from "../../web/address.ts";
import { sampleOf, withSample } from "../../web/channel/samples.ts";
import { readLabels } from "../../web/commands/label-input.ts";
import { obstacle } from "../../web/commands/possible.ts";
import { readSchedule } from "../../web/commands/schedule-input.ts";
import { mergeRuns } from "../../web/job/merge-runs.ts";
import { countLines, emptyOutput, withOutput } from "../../web/job/output-buffer.ts";
import { rowAfter, scrollFor, windowOf } from "../../web/jobs/virtual-rows.ts";
import { run, status } from "./sample.ts";

describe("The address of a page", () => {
  it("leads back to the job, whatever its id", () => {
    for (const jobId of ["a", "a:b@c._-", "50%/x?y#z ü"])
      expect(readRoute(jobAddress(jobId))).toEqual({ page: "job", jobId });
  });

  it("is that of all jobs where it makes no sense", () => {
    expect(readRoute("")).toEqual({ page: "jobs", query: "" });
    expect(readRoute("#/?q=a&state=failed")).toEqual({ page: "jobs", query: "q=a&state=failed" });
    expect(readRoute("#/nowhere")).toEqual({ page: "jobs", query: "" });
    expect(readRoute("#/jobs/%E0%")).toEqual({ page: "job", jobId: "%E0%" });
  });
});

describe("The rows of a long list", () => {
  const sight = { count: 10_000, rowHeight: 36, scrollTop: 0, height: 720 };

  it("are those in sight and a few around them", () => {
    expect(windowOf(sight)).toEqual({ first: 0, end: 26 });
    expect(windowOf({ ...sight, scrollTop: 36_000 })).toEqual({ first: 994, end: 1026 });
    expect(windowOf({ ...sight, scrollTop: 1e9 })).toEqual({ first: 9994, end: 10_000 });
    expect(windowOf({ ...sight, count: 0 })).toEqual({ first: 0, end: 0 });
    // There were more a moment ago.
    expect(windowOf({ ...sight, count: 3, scrollTop: 36_000 })).toEqual({ first: 0, end: 3 });
  });

  it("are reached by keys, and come into sight", () => {
    expect(rowAfter("ArrowDown", -1, sight)).toBe(0);
    expect(rowAfter("ArrowUp", 0, sight)).toBe(0);
    expect(rowAfter("PageDown", 0, sight)).toBe(18);
    expect(rowAfter("End", 5, sight)).toBe(9999);
    expect(rowAfter("x", 5, sight)).toBeUndefined();
    expect(rowAfter("Home", 5, { ...sight, count: 0 })).toBeUndefined();
    expect(scrollFor(5, sight, 32)).toBe(0);
    expect(scrollFor(20, sight, 32)).toBe(21 * 36 + 32 - 720);
    expect(scrollFor(3, { ...sight, scrollTop: 500 }, 32)).toBe(108);
  });
});

describe("Output as it is kept", () => {
  const line = (text: string) => create(OutputLineSchema, { text });

  it("grows in blocks, of which only the last is another", () => {
    let output = withOutput(
      emptyOutput,
      Array.from({ length: 150 }, (_, i) => line(String(i))),
      0n,
    );
    const [full] = output.blocks;
    output = withOutput(output, [line("a")], 0n);
    expect(output.blocks.map(({ lines }) => lines.length)).toEqual([100, 51]);
    expect(output.blocks[0]).toBe(full);
  });

  it("tells where lines were lost, and lets the oldest go", () => {
    let output = withOutput(emptyOutput, [line("\u001b[2Jx")], 3n);
    expect(output.blocks[0]?.lines).toMatchObject([{ kind: "lost", count: 3n }, { text: "␛[2Jx" }]);
    for (let i = 0; i < 100; i++)
      output = withOutput(
        output,
        Array.from({ length: 100 }, () => line("x")),
        0n,
      );
    expect(countLines(output) + output.left).toBe(10_002);
    expect(countLines(output)).toBeLessThanOrEqual(5000);
  });
});

describe("Runs that were read twice", () => {
  it("are there once, the newest first, and as they were told last", () => {
    const first = run("1", 5, { startTime: { seconds: 1n } });
    const going = run("2", 0, { startTime: { seconds: 2n }, state: JobState.RUNNING });
    delete going.endTime;
    const over = run("2", 9, { startTime: { seconds: 2n } });
    expect(mergeRuns([going, first], [over])).toEqual([over, first]);
    expect(mergeRuns([over], [going, first])).toEqual([over, first]);
  });
});

describe("What is typed to start a job", () => {
  it("is labels, also with spaces in a value", () => {
    expect(readLabels('team=shop note="a b" empty=')).toEqual({
      isRight: true,
      labels: { team: "shop", note: "a b", empty: "" },
    });
    expect(readLabels("team")).toMatchObject({ problem: "Not of the form key=value: team" });
    expect(readLabels("a=1 a=2")).toMatchObject({ problem: "There are two of a" });
  });

  it("is a schedule, or none", () => {
    expect(readSchedule({ kind: "own", text: "", timeZone: "" })).toEqual({ isRight: true });
    expect(readSchedule({ kind: "interval", text: "0.5", timeZone: "" })).toMatchObject({
      schedule: { when: { case: "interval", value: { seconds: 0n, nanos: 500_000_000 } } },
    });
    expect(readSchedule({ kind: "interval", text: "soon", timeZone: "" }).isRight).toBe(false);
    expect(readSchedule({ kind: "cron", text: " ", timeZone: "" }).isRight).toBe(false);
  });
});

describe("obstacle()", () => {
  const schedule = { when: { case: "interval", value: {} } } as const;
  const possible = (init: Parameters<typeof status>[1]) =>
    (["start", "stop", "force", "pause", "resume", "trigger"] as const).filter(
      (kind) => obstacle(kind, status("a", init)) === undefined,
    );

  it("lets pass what the state of a job allows", () => {
    expect(possible({ state: JobState.STOPPED })).toEqual(["start"]);
    expect(possible({ state: JobState.RUNNING })).toEqual(["start", "stop"]);
    expect(possible({ state: JobState.PENDING })).toEqual(["start", "stop", "pause"]);
    expect(possible({ state: JobState.SCHEDULED, schedule })).toEqual(["start", "stop", "pause", "trigger"]);
    expect(possible({ state: JobState.STOPPING })).toEqual(["start", "force"]);
    const paused = { state: JobState.PAUSED, desiredState: DesiredState.PAUSED, schedule };
    expect(possible(paused)).toEqual(["start", "stop", "resume", "trigger"]);
    const pausing = { state: JobState.RUNNING, desiredState: DesiredState.PAUSED, schedule };
    expect(possible(pausing)).toEqual(["start", "stop", "resume", "trigger"]);
  });
});

describe("Samples of the channel", () => {
  const at = (ms: number, dropped: bigint) =>
    create(ChannelStatsSchema, { dropped, tokensPerSecond: ms / 1000 });

  it("make rates of what only rises, and none where the server began anew", () => {
    const first = sampleOf(at(1000, 10n), 1000);
    const second = sampleOf(at(3000, 20n), 3000, first);
    const third = sampleOf(at(4000, 1n), 4000, second);
    expect([first.dropped, second.dropped, third.dropped]).toEqual([0, 5, 0]);
    expect(sampleOf(at(0, 0n), 1000).tokens).toBeNull();
  });

  it("reach back five minutes", () => {
    const samples = [0, 100, 299, 301].reduce<readonly ReturnType<typeof sampleOf>[]>(
      (all, seconds) => withSample(all, sampleOf(at(0, 0n), seconds * 1000)),
      [],
    );
    expect(samples.map(({ time }) => time)).toEqual([100, 299, 301]);
  });
});
