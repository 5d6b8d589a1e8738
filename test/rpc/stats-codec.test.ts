import { toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { GetChannelStatsResponseSchema } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { toGetChannelStatsResponse } from "../../src/rpc/stats-codec.ts";
import { fullStats } from "./sample.ts";

describe("toGetChannelStatsResponse()", () => {
  it("carries every figure, of each lane and of all together", () => {
    expect(toJson(GetChannelStatsResponseSchema, toGetChannelStatsResponse(fullStats))).toEqual({
      stats: {
        fullMode: "mixed",
        capacity: 450,
        depth: 106,
        waitingWriters: 7,
        oldestAge: "1.250s",
        acceptedPerSecond: 12.5,
        appliedPerSecond: 10,
        dropped: "4",
        evicted: "5",
        expired: "6",
        tokensAvailable: 0.5,
        tokensPerSecond: 10,
        burst: 20,
        watchers: 8,
        slowWatchers: 9,
        coalesced: "11",
        activeRuns: 13,
        degraded: true,
        lanes: [
          { priority: "PRIORITY_CRITICAL", capacity: 50, depth: 1, fullMode: "wait" },
          { priority: "PRIORITY_HIGH", capacity: 100, depth: 2, fullMode: "wait" },
          { priority: "PRIORITY_NORMAL", capacity: 100, depth: 100, fullMode: "wait", waitingWriters: 7 },
          { priority: "PRIORITY_LOW", capacity: 200, depth: 3, fullMode: "drop-oldest" },
        ],
        jobTypes: [
          { jobType: "plain", running: 14 },
          { jobType: "sound", circuit: { state: "STATE_CLOSED", consecutiveFailures: 1 } },
          {
            jobType: "broken",
            pending: 15,
            circuit: {
              state: "STATE_OPEN",
              consecutiveFailures: 5,
              openTime: "2023-11-14T22:13:20Z",
              halfOpenTime: "2023-11-14T22:13:50Z",
            },
          },
          {
            jobType: "probed",
            running: 1,
            circuit: {
              state: "STATE_HALF_OPEN",
              consecutiveFailures: 6,
              openTime: "2023-11-14T22:13:20Z",
              halfOpenTime: "2023-11-14T22:13:50Z",
              probingRunIds: ["r-9"],
            },
          },
        ],
      },
    });
  });

  it("names the mode that all lanes have, and says 0 where there is no limit", () => {
    const lanes = fullStats.lanes.map((lane) => ({ ...lane, fullMode: "drop-write" as const }));
    const { stats } = toGetChannelStatsResponse({ ...fullStats, lanes, limits: undefined });
    expect(stats).toMatchObject({
      fullMode: "drop-write",
      tokensPerSecond: 0,
      tokensAvailable: 0,
      burst: 0,
    });
  });

  it("stays within its fields: sums that are too large, and a token that was lent", () => {
    const lanes = fullStats.lanes.map((lane) => ({ ...lane, capacity: 2 ** 31 - 1 }));
    const limits = { rate: 1, burst: 1, available: -1e-12 };
    const response = toGetChannelStatsResponse({ ...fullStats, lanes, limits });
    expect(response.stats).toMatchObject({ capacity: 2 ** 31 - 1, tokensAvailable: 0 });
    expect(() => toJson(GetChannelStatsResponseSchema, response)).not.toThrow();
  });
});
