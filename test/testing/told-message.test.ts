import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  WatchStatusResponse_CloseReason as CloseReason,
  WatchStatusResponse_Kind as Kind,
  WatchStatusResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { toldByCore, toldOnWire } from "../../src/testing/told-message.ts";

describe("toldOnWire()", () => {
  it("reads a job that does not exist as one without a status", () => {
    const told = toldByCore({ kind: "snapshot", jobId: "later", serverTimeMs: 0 });
    expect(told).toEqual({ kind: "snapshot", jobId: "later", status: undefined });
  });

  it("reads why a stream ends", () => {
    const response = create(WatchStatusResponseSchema, {
      kind: Kind.CLOSING,
      closeReason: CloseReason.TOO_SLOW,
      resumeToken: "e:7",
    });
    expect(toldOnWire(response)).toEqual({ kind: "closing", reason: "too-slow", resumeToken: "e:7" });
  });

  it.each([
    ["a kind that there is not", { kind: Kind.UNSPECIFIED }],
    ["a change without a status", { kind: Kind.CHANGED }],
    ["an end without a reason", { kind: Kind.CLOSING }],
  ])("refuses %s", (_name, init) => {
    expect(() => toldOnWire(create(WatchStatusResponseSchema, init))).toThrow(TypeError);
  });
});
