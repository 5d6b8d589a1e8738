import { create, type MessageInitShape, type UnknownEnum } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  GetCommandRequestSchema,
  GetStatusRequestSchema,
  ListJobsRequestSchema,
  ListRunsRequestSchema,
  StartRequestSchema,
  StopRequestSchema,
  WatchOutputRequestSchema,
  WatchStatusRequest_Until,
  WatchStatusRequestSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { Schedule_OverlapPolicy } from "../../gen/jobcontrol/v1/schedule_pb.ts";
import type { JsonObject } from "../../src/job/json.ts";
import {
  fromGetCommandRequest,
  fromGetStatusRequest,
  fromListJobsRequest,
  fromListRunsRequest,
  fromStartRequest,
  fromStopRequest,
  fromWatchOutputRequest,
  fromWatchStatusRequest,
} from "../../src/rpc/requests.ts";
import { wrongFields } from "./wrong-fields.ts";

const start = (init: MessageInitShape<typeof StartRequestSchema>) =>
  fromStartRequest(create(StartRequestSchema, init));
const stop = (init: MessageInitShape<typeof StopRequestSchema>) =>
  fromStopRequest(create(StopRequestSchema, init));
const getStatus = (init: MessageInitShape<typeof GetStatusRequestSchema>) =>
  fromGetStatusRequest(create(GetStatusRequestSchema, init));
const list = (init: MessageInitShape<typeof ListJobsRequestSchema>) =>
  fromListJobsRequest(create(ListJobsRequestSchema, init));
const runs = (init: MessageInitShape<typeof ListRunsRequestSchema>) =>
  fromListRunsRequest(create(ListRunsRequestSchema, init));
const command = (init: MessageInitShape<typeof GetCommandRequestSchema>) =>
  fromGetCommandRequest(create(GetCommandRequestSchema, init));
const watch = (init: MessageInitShape<typeof WatchStatusRequestSchema>) =>
  fromWatchStatusRequest(create(WatchStatusRequestSchema, init));

const watchOutput = (init: MessageInitShape<typeof WatchOutputRequestSchema>) =>
  fromWatchOutputRequest(create(WatchOutputRequestSchema, init));

const seconds = (value: number, nanos = 0) => ({ seconds: BigInt(value), nanos });
const unknownEnum = 99 as UnknownEnum;
function cron(value: string) {
  return { when: { case: "cron" as const, value } };
}

const interval = (value: { seconds: bigint; nanos: number }) =>
  ({ when: { case: "interval", value } }) as const;
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

function nested(depth: number): JsonObject {
  let value: JsonObject = {};
  for (let i = 1; i < depth; i++) value = { inner: value };
  return value;
}

describe("fromStartRequest()", () => {
  it("turns every field into the core's words", () => {
    const request = start({
      jobId: "a",
      jobType: "t",
      input: { n: 1, list: [true, null] },
      schedule: interval(seconds(1, 500_000_000)),
      conflictPolicy: 3,
      labels: { team: "infra" },
      requestId: "q",
      etag: "e",
      reason: "because",
      replyMode: 2,
      priority: 4,
    });
    expect(request).toEqual({
      jobId: "a",
      jobType: "t",
      input: { n: 1, list: [true, null] },
      schedule: { kind: "interval", intervalMs: 1500, overlap: "skip", catchUpMs: 0 },
      conflictPolicy: "replace",
      labels: { team: "infra" },
      requestId: "q",
      etag: "e",
      reason: "because",
      replyMode: "accepted",
      priority: "critical",
      validateOnly: false,
    });
  });

  it("fills in the defaults", () => {
    expect(start({ jobId: "a" })).toEqual({
      jobId: "a",
      jobType: "",
      input: undefined,
      schedule: undefined,
      conflictPolicy: "use-existing",
      labels: {},
      requestId: "",
      etag: "",
      reason: "",
      replyMode: "applied",
      priority: undefined,
      validateOnly: false,
    });
  });

  it.each<[string, MessageInitShape<typeof StartRequestSchema>, string[]]>([
    ["neither id nor type", {}, ["job_id"]],
    ["an id with a space", { jobId: "a b" }, ["job_id"]],
    ["an id that begins with a dot", { jobId: ".a" }, ["job_id"]],
    ["an id of 129 characters", { jobId: "a".repeat(129) }, ["job_id"]],
    ["an id that ends with a newline", { jobId: "a\n" }, ["job_id"]],
    ["a wrong type", { jobType: "ä" }, ["job_type"]],
    ["an unknown conflict policy", { jobId: "a", conflictPolicy: unknownEnum }, ["conflict_policy"]],
    ["an unknown reply mode", { jobId: "a", replyMode: unknownEnum }, ["reply_mode"]],
    [
      "an answer at acceptance to what changes nothing",
      { jobId: "a", replyMode: 2, validateOnly: true },
      ["reply_mode"],
    ],
    ["an unknown priority", { jobId: "a", priority: unknownEnum }, ["priority"]],
    ["a long request id", { jobId: "a", requestId: "x".repeat(129) }, ["request_id"]],
    ["a long etag", { jobId: "a", etag: "x".repeat(129) }, ["etag"]],
    ["a long reason", { jobId: "a", reason: "x".repeat(1025) }, ["reason"]],
    ["33 labels", { jobId: "a", labels: labels(33) }, ["labels"]],
    ["an empty label key", { jobId: "a", labels: { "": "v" } }, ["labels"]],
    ["a long label key", { jobId: "a", labels: { ["k".repeat(64)]: "v" } }, [`labels.${"k".repeat(63)}`]],
    ["a long label value", { jobId: "a", labels: { team: "v".repeat(256) } }, ["labels.team"]],
    ["NaN in the input", { jobId: "a", input: { list: [{ x: Number.NaN }] } }, ["input"]],
    ["an infinite number in the input", { jobId: "a", input: { x: Number.NEGATIVE_INFINITY } }, ["input"]],
    ["an input that is nested too deep", { jobId: "a", input: nested(34) as never }, ["input"]],
    ["a schedule without times", { jobId: "a", schedule: {} }, ["schedule"]],
    ["an interval of 9 ms", { jobId: "a", schedule: interval(seconds(0, 9_000_000)) }, ["schedule.interval"]],
    ["a negative interval", { jobId: "a", schedule: interval(seconds(-1)) }, ["schedule.interval"]],
    [
      "an interval of 367 days",
      { jobId: "a", schedule: interval(seconds(367 * 86400)) },
      ["schedule.interval"],
    ],
    ["mixed signs", { jobId: "a", schedule: interval(seconds(1, -1)) }, ["schedule.interval"]],
    ["too many nanos", { jobId: "a", schedule: interval(seconds(1, 1e9)) }, ["schedule.interval"]],
    ["too many seconds", { jobId: "a", schedule: interval(seconds(315_576_000_001)) }, ["schedule.interval"]],
    ["no cron expression", { jobId: "a", schedule: cron("* * * *") }, ["schedule.cron"]],
    [
      "a date for a cron expression",
      { jobId: "a", schedule: cron("2030-01-01T00:00:00") },
      ["schedule.cron"],
    ],
    ["a time that never comes", { jobId: "a", schedule: cron("0 0 30 2 *") }, ["schedule.cron"]],
    [
      "an unknown time zone",
      { jobId: "a", schedule: { ...cron("0 2 * * *"), timeZone: "Mars/Base" } },
      ["schedule.time_zone"],
    ],
    ["neither interval nor cron", { jobId: "a", schedule: { jitter: seconds(1) } }, ["schedule"]],
    [
      "a time zone with an interval",
      { jobId: "a", schedule: { ...interval(seconds(1)), timeZone: "UTC" } },
      ["schedule.time_zone"],
    ],
    [
      "an unknown overlap policy",
      { jobId: "a", schedule: { ...interval(seconds(1)), overlapPolicy: unknownEnum } },
      ["schedule.overlap_policy"],
    ],
    [
      "a negative catch-up window",
      { jobId: "a", schedule: { ...interval(seconds(1)), catchUpWindow: seconds(-1) } },
      ["schedule.catch_up_window"],
    ],
    [
      "jitter as long as the interval",
      { jobId: "a", schedule: { ...interval(seconds(1)), jitter: seconds(1) } },
      ["schedule.jitter"],
    ],
  ])("refuses %s", (_name, init, fields) => {
    expect(wrongFields(() => start(init))).toEqual(fields);
  });

  it.each<[string, MessageInitShape<typeof StartRequestSchema>]>([
    ["an id of 128 characters of every kind", { jobId: `Az0._:@-${"9".repeat(120)}` }],
    ["a type alone", { jobType: "t" }],
    ["the longest texts", { jobId: "a", requestId: "😀".repeat(128), reason: "x".repeat(1024) }],
    ["the most labels", { jobId: "a", labels: labels(32) }],
    ["the longest label", { jobId: "a", labels: { ["k".repeat(63)]: "v".repeat(255) } }],
    ["the deepest input", { jobId: "a", input: nested(32) as never }],
    ["the shortest interval", { jobId: "a", schedule: interval(seconds(0, 10_000_000)) }],
    [
      "fields of later versions that are zero",
      { jobId: "a", schedule: { ...interval(seconds(1)), jitter: seconds(0) } },
    ],
    ["no catch-up", { jobId: "a", schedule: { ...interval(seconds(1)), catchUpWindow: seconds(0) } }],
  ])("takes %s", (_name, init) => {
    expect(wrongFields(() => start(init))).toEqual([]);
  });

  it("reads what a schedule does at its edges", () => {
    const { BUFFER_ONE, CANCEL_RUNNING, UNSPECIFIED } = Schedule_OverlapPolicy;
    const read = [UNSPECIFIED, BUFFER_ONE, CANCEL_RUNNING].map((overlapPolicy) =>
      start({ jobId: "a", schedule: { ...interval(seconds(1)), overlapPolicy, catchUpWindow: seconds(90) } }),
    );
    expect(read.map(({ schedule }) => [schedule?.overlap, schedule?.catchUpMs])).toEqual([
      ["skip", 90_000],
      ["buffer-one", 90_000],
      ["cancel-running", 90_000],
    ]);
  });

  it("names all that is wrong at once", () => {
    const init = {
      jobId: "a b",
      priority: unknownEnum,
      labels: { "": "v", x: "v".repeat(256) },
      etag: "e".repeat(200),
    };
    expect(wrongFields(() => start(init))).toEqual(["job_id", "labels", "labels.x", "etag", "priority"]);
  });
});

describe("fromStopRequest()", () => {
  it("turns every field into the core's words", () => {
    const request = stop({
      jobId: "a",
      scope: 2,
      gracePeriod: seconds(1, 1_000_000),
      force: true,
      wait: true,
    });
    expect(request).toMatchObject({
      jobId: "a",
      scope: "current-run",
      graceMs: 1001,
      force: true,
      wait: true,
    });
  });

  it("tells no grace period from one of zero", () => {
    expect(stop({ jobId: "a" }).graceMs).toBeUndefined();
    expect(stop({ jobId: "a", gracePeriod: seconds(0) }).graceMs).toBe(0);
  });

  it.each<[string, MessageInitShape<typeof StopRequestSchema>, string[]]>([
    ["no id", {}, ["job_id"]],
    ["an unknown scope", { jobId: "a", scope: unknownEnum }, ["scope"]],
    [
      "to wait for the stop and not for the command",
      { jobId: "a", wait: true, replyMode: 2 },
      ["reply_mode"],
    ],
    ["a negative grace period", { jobId: "a", gracePeriod: seconds(0, -1) }, ["grace_period"]],
    ["a grace period of more than a day", { jobId: "a", gracePeriod: seconds(86401) }, ["grace_period"]],
    ["an unknown priority", { jobId: "a", priority: unknownEnum }, ["priority"]],
  ])("refuses %s", (_name, init, fields) => {
    expect(wrongFields(() => stop(init))).toEqual(fields);
  });
});

describe("fromGetStatusRequest()", () => {
  it("turns every field into the core's words", () => {
    expect(
      getStatus({ jobId: "a", consistency: 2, includeInput: true, includeResult: true, priority: 1 }),
    ).toEqual({
      jobId: "a",
      consistency: "snapshot",
      includeInput: true,
      includeResult: true,
      priority: "low",
    });
    expect(getStatus({ jobId: "a" }).consistency).toBe("linearizable");
  });

  it("refuses no id, and unknown numbers", () => {
    const init = { consistency: unknownEnum, priority: unknownEnum };
    expect(wrongFields(() => getStatus(init))).toEqual(["job_id", "consistency", "priority"]);
  });
});

describe("fromListJobsRequest()", () => {
  it("turns every field into the core's words", () => {
    const init = {
      pageSize: 7,
      pageToken: "t",
      labelSelector: { a: "b" },
      states: [JobState.RUNNING, JobState.LOST],
      jobType: "x",
    };
    expect(list(init)).toEqual({
      pageSize: 7,
      pageToken: "t",
      labels: { a: "b" },
      states: ["running", "lost"],
      jobType: "x",
    });
  });

  it("takes 100 for no page size, and 1000 for more", () => {
    expect(list({}).pageSize).toBe(100);
    expect(list({ pageSize: 5000 }).pageSize).toBe(1000);
  });

  it("refuses what is wrong, each by its name", () => {
    const init = {
      pageSize: -1,
      pageToken: "x".repeat(1025),
      labelSelector: { a: "v".repeat(256) },
      states: [JobState.RUNNING, JobState.UNSPECIFIED, unknownEnum],
      jobType: "-",
    };
    const fields = ["page_size", "page_token", "label_selector.a", "states[1]", "states[2]", "job_type"];
    expect(wrongFields(() => list(init))).toEqual(fields);
  });
});

describe("fromListRunsRequest()", () => {
  it("takes 100 for an unset page size, and at most 1000", () => {
    expect(runs({ jobId: "a" })).toEqual({ jobId: "a", pageSize: 100, pageToken: "" });
    expect(runs({ jobId: "a", pageSize: 5000, pageToken: "x" })).toMatchObject({
      pageSize: 1000,
      pageToken: "x",
    });
  });

  it("refuses a missing job, a negative page size and an endless token", () => {
    const init = { pageSize: -1, pageToken: "x".repeat(1025) };
    expect(wrongFields(() => runs(init))).toEqual(["job_id", "page_size", "page_token"]);
  });
});

describe("fromGetCommandRequest()", () => {
  it("takes one of the two ids", () => {
    expect(command({ command: { case: "commandId", value: "c-1" } })).toEqual({ commandId: "c-1" });
    expect(command({ command: { case: "requestId", value: "r-1" } })).toEqual({ requestId: "r-1" });
  });

  it.each<[string, MessageInitShape<typeof GetCommandRequestSchema>, string[]]>([
    ["neither id", {}, ["command_id"]],
    ["an empty command id", { command: { case: "commandId", value: "" } }, ["command_id"]],
    ["an empty request id", { command: { case: "requestId", value: "" } }, ["command_id"]],
    ["a command id too long", { command: { case: "commandId", value: "x".repeat(129) } }, ["command_id"]],
    ["a request id too long", { command: { case: "requestId", value: "x".repeat(129) } }, ["request_id"]],
  ])("refuses %s", (_name, init, fields) => {
    expect(wrongFields(() => command(init))).toEqual(fields);
  });
});

describe("fromWatchStatusRequest()", () => {
  it("turns every field into the core's words", () => {
    const request = watch({
      jobIds: ["a", "b", "a"],
      labelSelector: { x: "y" },
      resumeToken: "e:1",
      delivery: 2,
      minInterval: seconds(0, 250_000_000),
      bookmarkInterval: seconds(60),
      until: 2,
      maxChanges: 3,
      skipSnapshot: true,
    });
    expect(request).toEqual({
      jobIds: ["a", "b"],
      labels: { x: "y" },
      resumeToken: "e:1",
      delivery: "every-transition",
      minIntervalMs: 250,
      bookmarkMs: 60_000,
      until: "all-settled",
      maxChanges: 3,
      skipSnapshot: true,
    });
  });

  it("fills in the defaults", () => {
    expect(watch({})).toMatchObject({ jobIds: [], delivery: "latest", minIntervalMs: 0, until: "cancelled" });
    expect(watch({}).bookmarkMs).toBeUndefined();
  });

  it.each<[string, MessageInitShape<typeof WatchStatusRequestSchema>, string[]]>([
    ["a wrong id among others", { jobIds: ["a", "", "b", "c d"] }, ["job_ids[1]", "job_ids[3]"]],
    ["1001 ids", { jobIds: Array.from({ length: 1001 }, (_, i) => `j${i}`) }, ["job_ids"]],
    ["an unknown delivery", { delivery: unknownEnum }, ["delivery"]],
    ["an unknown until", { until: unknownEnum }, ["until"]],
    ["a negative min_interval", { minInterval: seconds(-1) }, ["min_interval"]],
    ["a bookmark interval below 1 s", { bookmarkInterval: seconds(0, 999_999_999) }, ["bookmark_interval"]],
    ["a bookmark interval above 60 s", { bookmarkInterval: seconds(61) }, ["bookmark_interval"]],
    ["negative max_changes", { maxChanges: -1 }, ["max_changes"]],
    ["the current run of no job", { until: WatchStatusRequest_Until.CURRENT_RUN_DONE }, ["job_ids"]],
    [
      "the current run of two",
      { until: WatchStatusRequest_Until.CURRENT_RUN_DONE, jobIds: ["a", "b"] },
      ["job_ids"],
    ],
    ["a wrong label selector", { labelSelector: { "": "" } }, ["label_selector"]],
  ])("refuses %s", (_name, init, fields) => {
    expect(wrongFields(() => watch(init))).toEqual(fields);
  });

  it("takes the current run of one job, named twice", () => {
    const init = { until: WatchStatusRequest_Until.CURRENT_RUN_DONE, jobIds: ["a", "a"] };
    expect(watch(init)).toMatchObject({ jobIds: ["a"], until: "current-run-done" });
  });
});

describe("fromWatchOutputRequest()", () => {
  it("turns every field into the core's words", () => {
    const request = watchOutput({ jobId: "a", runId: "r-1", tail: 10, follow: true });
    expect(request).toEqual({ jobId: "a", runId: "r-1", tail: 10, follow: true });
  });

  it("takes no tail for all that is kept, and skip_kept for nothing of it", () => {
    expect(watchOutput({ jobId: "a" })).toEqual({ jobId: "a", runId: "", tail: undefined, follow: false });
    expect(watchOutput({ jobId: "a", skipKept: true })).toMatchObject({ tail: 0 });
    expect(watchOutput({ jobId: "a", fromLine: 7n })).toMatchObject({ fromLine: 7 });
    expect(watchOutput({ jobId: "a", skipKept: true, tail: 5 })).toMatchObject({ tail: 0 });
  });

  it("refuses what is wrong, each by its name", () => {
    expect(wrongFields(() => watchOutput({}))).toEqual(["job_id"]);
    expect(wrongFields(() => watchOutput({ jobId: "a", runId: "no run", tail: -1, fromLine: -1n }))).toEqual([
      "tail",
      "from_line",
      "run_id",
    ]);
  });
});
