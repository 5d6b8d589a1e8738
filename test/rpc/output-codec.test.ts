import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { WatchOutputResponseSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { OutputBatch } from "../../src/control/output/output.ts";
import { toWatchOutputResponse } from "../../src/rpc/output-codec.ts";
import { encode } from "../../src/rpc/shared-messages.ts";

const timeMs = 1_700_000_000_000;

function overTheWire(batch: OutputBatch) {
  const bytes = toBinary(WatchOutputResponseSchema, toWatchOutputResponse(batch));
  return toJson(WatchOutputResponseSchema, fromBinary(WatchOutputResponseSchema, bytes));
}

describe("toWatchOutputResponse()", () => {
  it("tells each line with its time, source and run", () => {
    const lines = [
      { timeMs, source: "log", text: "a", runId: "r-1" },
      { timeMs, source: "stdout", text: "", runId: "r-1" },
      { timeMs: timeMs + 1, source: "stderr", text: "ç", runId: "r-1" },
    ] as const;
    const time = "2023-11-14T22:13:20Z";
    expect(overTheWire({ lines, dropped: 7, nextLine: 10 })).toEqual({
      lines: [
        { time, source: "SOURCE_LOG", text: "a", runId: "r-1" },
        { time, source: "SOURCE_STDOUT", runId: "r-1" },
        { time: "2023-11-14T22:13:20.001Z", source: "SOURCE_STDERR", text: "ç", runId: "r-1" },
      ],
      dropped: "7",
      nextLine: "10",
    });
  });

  it("tells of lost lines alone", () => {
    expect(overTheWire({ lines: [], dropped: 3, nextLine: 3 })).toEqual({ dropped: "3", nextLine: "3" });
  });

  it("is one message, and one run of bytes, for all who get the same batch", () => {
    const batch: OutputBatch = {
      lines: [{ timeMs, source: "log", text: "a", runId: "r" }],
      dropped: 0,
      nextLine: 1,
    };
    const [one, other] = [toWatchOutputResponse(batch), toWatchOutputResponse(batch)];
    expect(other).toBe(one);
    expect(encode(WatchOutputResponseSchema, other)).toBe(encode(WatchOutputResponseSchema, one));
    expect(toWatchOutputResponse({ ...batch })).not.toBe(one);
  });
});
