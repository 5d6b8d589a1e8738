import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { JobState, JobStatusSchema } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { JobState as JobStateWord } from "../../src/job/job-state.ts";
import { jobStateNumbers } from "../../src/rpc/enum-codec.ts";
import { absentJob, toJobStatus } from "../../src/rpc/status-codec.ts";
import { bareStatus, fullStatus } from "./sample.ts";

const overTheWire = (message: ReturnType<typeof toJobStatus>) =>
  fromBinary(JobStatusSchema, toBinary(JobStatusSchema, message));

describe("toJobStatus()", () => {
  it("carries every field over the wire", () => {
    expect(toJson(JobStatusSchema, overTheWire(toJobStatus(fullStatus)))).toEqual({
      jobId: "disk-report",
      jobType: "report",
      state: "JOB_STATE_STOPPING",
      desiredState: "DESIRED_STATE_STOPPED",
      isRunning: true,
      executionCount: "12",
      lastExecutionTime: "2023-11-14T22:13:20.123Z",
      message: "Stopping: asked by 127.0.0.1",
      reason: "STOP_REQUESTED",
      revision: "42",
      etag: "7",
      uid: "u-1",
      labels: { team: "infra", "a.b/c": "" },
      createTime: "2020-09-13T12:26:40Z",
      updateTime: "2023-11-14T22:13:21Z",
      nextRunTime: "2023-11-14T22:13:25Z",
      counters: {
        succeeded: "1",
        failed: "2",
        stopped: "3",
        timedOut: "4",
        retries: "5",
        consecutiveFailures: "6",
        skippedOverlap: "7",
        missed: "8",
      },
      currentRun: {
        runId: "r-9",
        state: "JOB_STATE_RUNNING",
        attempt: 2,
        maxAttempts: 3,
        scheduledTime: "2023-11-14T22:13:20Z",
        startTime: "2023-11-14T22:13:20.001Z",
        endTime: "2023-11-14T22:13:20.999Z",
        progress: { current: 3.5, total: 10, unit: "files", message: "reading", stage: "scan" },
        error: {
          reason: "EXIT_CODE",
          message: "Exited: 3",
          retryable: true,
          attempt: 1,
          time: "2023-11-14T22:13:20.500Z",
        },
        stopping: {
          requestTime: "2023-11-14T22:13:20.600Z",
          requestedBy: "127.0.0.1:5",
          reason: "deploy",
          acknowledged: true,
          forceTime: "2023-11-14T22:13:30.600Z",
        },
        exitCode: 143,
        fallback: {
          startTime: "2023-11-14T22:13:20.700Z",
          cause: {
            reason: "CIRCUIT_OPEN",
            message: "open",
            retryable: true,
            attempt: 2,
            time: "2023-11-14T22:13:20.700Z",
          },
        },
      },
      schedule: { interval: "5.500s", overlapPolicy: "OVERLAP_POLICY_SKIP" },
    });
  });

  it("leaves out what a status does not have", () => {
    const message = overTheWire(toJobStatus(bareStatus));
    expect(message.currentRun).toBeUndefined();
    expect(message.schedule).toBeUndefined();
    expect(message.lastExecutionTime).toBeUndefined();
    expect(message.nextRunTime).toBeUndefined();
    expect(message.isRunning).toBe(false);
  });

  it("makes one message of one status", () => {
    expect(toJobStatus(fullStatus)).toBe(toJobStatus(fullStatus));
    expect(toJobStatus({ ...fullStatus })).not.toBe(toJobStatus(fullStatus));
  });

  it.each(Object.keys(jobStateNumbers) as JobStateWord[])("names the state %s as the proto does", (state) => {
    const name = Object.entries(JobState).find(([, number]) => number === jobStateNumbers[state])?.[0];
    expect(name).toBe(state.toUpperCase());
    expect(toJobStatus({ ...bareStatus, state }).state).toBe(jobStateNumbers[state]);
  });
});

describe("absentJob()", () => {
  it("is its id, and nothing else", () => {
    expect(toJson(JobStatusSchema, overTheWire(absentJob("ghost")))).toEqual({ jobId: "ghost" });
  });
});
