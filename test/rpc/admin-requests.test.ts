import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  DrainRequestSchema,
  UpdateLimitsRequestSchema,
  WatchChannelStatsRequestSchema,
} from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import {
  fromDrainRequest,
  fromUpdateLimitsRequest,
  fromWatchChannelStatsRequest,
} from "../../src/rpc/admin-requests.ts";
import { wrongFields } from "./wrong-fields.ts";

const watch = (init: MessageInitShape<typeof WatchChannelStatsRequestSchema>) =>
  fromWatchChannelStatsRequest(create(WatchChannelStatsRequestSchema, init));
const limits = (init: MessageInitShape<typeof UpdateLimitsRequestSchema>) =>
  fromUpdateLimitsRequest(create(UpdateLimitsRequestSchema, init));
const drain = (init: MessageInitShape<typeof DrainRequestSchema>) =>
  fromDrainRequest(create(DrainRequestSchema, init));

const seconds = (count: number, nanos = 0) => ({ seconds: BigInt(count), nanos });

describe("fromWatchChannelStatsRequest()", () => {
  it("takes 100 ms to 60 s, and a second where nothing is said", () => {
    expect(watch({})).toBe(1000);
    expect(watch({ interval: seconds(0, 100_000_000) })).toBe(100);
    expect(watch({ interval: seconds(60) })).toBe(60_000);
  });

  it.each([
    ["nothing", seconds(0)],
    ["less than 100 ms", seconds(0, 99_999_999)],
    ["more than 60 s", seconds(60, 1)],
    ["a negative time", seconds(-1)],
  ])("refuses %s", (_name, interval) => {
    expect(wrongFields(() => watch({ interval }))).toEqual(["interval"]);
  });
});

describe("fromUpdateLimitsRequest()", () => {
  it("takes fractions, and leaves unset what is unset", () => {
    expect(limits({ tokensPerSecond: 0.01, reason: "night" })).toEqual({
      tokensPerSecond: 0.01,
      burst: undefined,
      reason: "night",
    });
    expect(limits({ burst: 1 })).toEqual({ tokensPerSecond: undefined, burst: 1, reason: "" });
    expect(limits({ tokensPerSecond: 1e-6, burst: 2 ** 31 - 1 })).toMatchObject({ tokensPerSecond: 1e-6 });
  });

  it.each<[string, MessageInitShape<typeof UpdateLimitsRequestSchema>, string[]]>([
    ["a rate of 0", { tokensPerSecond: 0 }, ["tokens_per_second"]],
    ["a negative rate", { tokensPerSecond: -1 }, ["tokens_per_second"]],
    ["a rate that is no number", { tokensPerSecond: Number.NaN }, ["tokens_per_second"]],
    ["an infinite rate", { tokensPerSecond: Number.POSITIVE_INFINITY }, ["tokens_per_second"]],
    ["a rate too slow for a duration", { tokensPerSecond: Number.MIN_VALUE }, ["tokens_per_second"]],
    ["no burst at all", { burst: 0 }, ["burst"]],
    [
      "everything that is wrong",
      { tokensPerSecond: 0, burst: -5, reason: "x".repeat(1025) },
      ["tokens_per_second", "burst", "reason"],
    ],
  ])("refuses %s", (_name, init, fields) => {
    expect(wrongFields(() => limits(init))).toEqual(fields);
  });
});

describe("fromDrainRequest()", () => {
  it("takes a deadline, nothing included, or leaves it to the server", () => {
    expect(drain({ deadline: seconds(0), reason: "deploy" })).toEqual({ timeoutMs: 0, reason: "deploy" });
    expect(drain({})).toEqual({ timeoutMs: undefined, reason: "" });
  });

  it.each([seconds(-1), seconds(86_401)])("refuses a deadline of %o", (deadline) => {
    expect(wrongFields(() => drain({ deadline }))).toEqual(["deadline"]);
  });
});
