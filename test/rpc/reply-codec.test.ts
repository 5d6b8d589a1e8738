import { toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  GetStatusResponseSchema,
  StartResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import {
  toGetStatusResponse,
  toListJobsResponse,
  toStartResponse,
  toStopResponse,
} from "../../src/rpc/reply-codec.ts";
import { toJobStatus } from "../../src/rpc/status-codec.ts";
import { bareStatus, fullStatus, receipt } from "./sample.ts";

describe("toStartResponse()", () => {
  it("carries the receipt, with its times", () => {
    const response = toStartResponse({ started: true, status: fullStatus, receipt, replayed: true });
    expect(response.started).toBe(true);
    expect(response.status).toBe(toJobStatus(fullStatus));
    expect(toJson(StartResponseSchema, { ...response, status: undefined })).toEqual({
      started: true,
      receipt: {
        commandId: "c-1",
        requestId: "q-1",
        outcome: "OUTCOME_APPLIED",
        replayed: true,
        acceptTime: "2023-11-14T22:13:20Z",
        applyTime: "2023-11-14T22:13:20.010Z",
        spaceWait: "0.000250s",
        queueWait: "1.500s",
        tokenWait: "0s",
      },
    });
  });

  it("has no status where the job does not exist yet", () => {
    const accepted = { ...receipt, outcome: "accepted", applyTimeMs: undefined } as const;
    const response = toStartResponse({ started: false, receipt: accepted, replayed: false });
    expect(response.status).toBeUndefined();
    expect(response.receipt?.applyTime).toBeUndefined();
  });
});

describe("toStopResponse()", () => {
  it("carries status and receipt", () => {
    const response = toStopResponse({ status: fullStatus, receipt, replayed: false });
    expect(response.status).toBe(toJobStatus(fullStatus));
    expect(response.receipt?.replayed).toBe(false);
  });
});

describe("toGetStatusResponse()", () => {
  it("is the same message while status and token stay the same", () => {
    const status = { ...fullStatus };
    const first = toGetStatusResponse({ status, resumeToken: "e:1" });
    expect(toGetStatusResponse({ status, resumeToken: "e:1" })).toBe(first);
    expect(toGetStatusResponse({ status, resumeToken: "e:2" })).toMatchObject({ resumeToken: "e:2" });
    expect(toGetStatusResponse({ status: { ...status }, resumeToken: "e:2" })).not.toBe(first);
  });

  it("carries input and result where they were asked for, and leaves the shared status without", () => {
    const withData = { input: { n: 1 }, result: { list: [null, "x"] } };
    const response = toGetStatusResponse({ status: fullStatus, resumeToken: "e:1", ...withData });
    expect(toJson(GetStatusResponseSchema, response)).toMatchObject({ status: withData });
    expect(toJobStatus(fullStatus).input).toBeUndefined();
  });
});

describe("toListJobsResponse()", () => {
  it("carries the jobs and both tokens", () => {
    const page = { jobs: [fullStatus, bareStatus], nextPageToken: "n", resumeToken: "e:3" };
    const response = toListJobsResponse(page);
    expect(response.jobs).toEqual([toJobStatus(fullStatus), toJobStatus(bareStatus)]);
    expect(response).toMatchObject({ nextPageToken: "n", resumeToken: "e:3" });
  });
});
