import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { WatchStatusResponseSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { ChangeMessage, WatchMessage } from "../../src/control/watch/watch.ts";
import { toWatchStatusResponse } from "../../src/rpc/watch-codec.ts";
import { bareStatus } from "./sample.ts";

const serverTimeMs = 1_700_000_000_000;
const serverTime = "2023-11-14T22:13:20Z";

function overTheWire(message: WatchMessage) {
  const bytes = toBinary(WatchStatusResponseSchema, toWatchStatusResponse(message));
  return toJson(WatchStatusResponseSchema, fromBinary(WatchStatusResponseSchema, bytes));
}

describe("toWatchStatusResponse()", () => {
  it("tells of a job that does not exist", () => {
    expect(overTheWire({ kind: "snapshot", jobId: "ghost", serverTimeMs })).toEqual({
      kind: "KIND_SNAPSHOT",
      status: { jobId: "ghost" },
      serverTime,
    });
  });

  it("tells of a job in the snapshot", () => {
    const message = { kind: "snapshot", jobId: "idle", status: bareStatus, serverTimeMs } as const;
    expect(overTheWire(message)).toMatchObject({
      kind: "KIND_SNAPSHOT",
      status: { jobId: "idle", uid: "u-2" },
    });
  });

  it.each([
    ["snapshot-end", "KIND_SNAPSHOT_END"],
    ["bookmark", "KIND_BOOKMARK"],
  ] as const)("carries the token of %s", (kind, name) => {
    expect(overTheWire({ kind, resumeToken: "e:1", serverTimeMs })).toEqual({
      kind: name,
      resumeToken: "e:1",
      serverTime,
    });
  });

  it.each([
    ["changed", "KIND_CHANGED"],
    ["removed", "KIND_REMOVED"],
  ] as const)("carries all of %s", (kind, name) => {
    const change = { previousState: "running", resumeToken: "e:2", coalesced: 3 } as const;
    expect(overTheWire({ kind, status: bareStatus, serverTimeMs, ...change })).toMatchObject({
      kind: name,
      status: { jobId: "idle" },
      previousState: "JOB_STATE_RUNNING",
      resumeToken: "e:2",
      coalesced: "3",
      serverTime,
    });
  });

  it("has no previous state for a job that was not there", () => {
    const message: ChangeMessage = {
      kind: "changed",
      status: bareStatus,
      resumeToken: "e:2",
      coalesced: 0,
      serverTimeMs,
    };
    expect(overTheWire(message)).not.toHaveProperty("previousState");
  });

  it("makes one message of one change, for all who watch", () => {
    const message = {
      kind: "changed",
      status: bareStatus,
      resumeToken: "e:2",
      coalesced: 0,
      serverTimeMs,
    } as const;
    expect(toWatchStatusResponse(message)).toBe(toWatchStatusResponse(message));
  });

  it("has no token in a reset", () => {
    expect(overTheWire({ kind: "reset", serverTimeMs })).toEqual({ kind: "KIND_RESET", serverTime });
  });

  it.each([
    ["until-met", "CLOSE_REASON_UNTIL_MET"],
    ["max-changes", "CLOSE_REASON_MAX_CHANGES"],
    ["draining", "CLOSE_REASON_DRAINING"],
    ["too-slow", "CLOSE_REASON_TOO_SLOW"],
  ] as const)("says why it closes: %s", (reason, closeReason) => {
    const message = {
      kind: "closing",
      reason,
      resumeToken: "e:9",
      reconnectAfterMs: 250,
      serverTimeMs,
    } as const;
    expect(overTheWire(message)).toEqual({
      kind: "KIND_CLOSING",
      closeReason,
      resumeToken: "e:9",
      reconnectAfter: "0.250s",
      serverTime,
    });
  });
});
