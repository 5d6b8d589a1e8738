import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobControlError } from "../../src/job/errors.ts";
import { createJobControlService } from "../../src/rpc/job-control-service.ts";
import { bareStatus, FakeControl } from "./sample.ts";

/** Connect's own router instead of our gRPC door: the service does not know the difference. */
function clientOf(control: FakeControl) {
  const service = createJobControlService(control);
  const transport = createRouterTransport(({ service: add }) => void add(JobControlService, service));
  return createClient(JobControlService, transport);
}

describe("createJobControlService(), behind connect's router", () => {
  it("answers every method that it has", async () => {
    const control = new FakeControl();
    control.messages = [{ kind: "snapshot", jobId: "idle", status: bareStatus, serverTimeMs: 0 }];
    const client = clientOf(control);
    expect(await client.start({ jobId: "a" })).toMatchObject({ started: true, status: { uid: "u-1" } });
    expect(await client.stop({ jobId: "a" })).toMatchObject({ receipt: { commandId: "c-1" } });
    expect(await client.pause({ jobId: "a" })).toMatchObject({ receipt: { commandId: "c-1" } });
    expect(await client.resume({ jobId: "a" })).toMatchObject({ status: { uid: "u-1" } });
    expect(await client.trigger({ jobId: "a" })).toMatchObject({ runId: "r-7" });
    expect(await client.getStatus({ jobId: "a" })).toMatchObject({ resumeToken: "e:42" });
    expect(await client.listJobs({})).toMatchObject({ jobs: [{ jobId: "disk-report" }, { jobId: "idle" }] });
    const command = { case: "commandId", value: "c-1" } as const;
    expect(await client.getCommand({ command })).toMatchObject({
      receipt: { commandId: "c-1", replayed: false },
    });
    expect(await client.listRuns({ jobId: "a" })).toMatchObject({
      runs: [{ runId: "r-9" }],
      nextPageToken: "next",
    });
    const seen = [];
    for await (const { status } of client.watchStatus({})) seen.push(status?.jobId);
    expect(seen).toEqual(["idle"]);
    const line = { timeMs: 0, source: "log", text: "hello", runId: "r-1" } as const;
    control.batches = [{ lines: [line], dropped: 2, nextLine: 3 }];
    for await (const response of client.watchOutput({ jobId: "a" })) {
      expect(response).toMatchObject({ lines: [{ text: "hello" }], dropped: 2n, nextLine: 3n });
    }
    expect(control.asked.at(-1)).toMatchObject({ jobId: "a" });
  });

  it("gives the call's deadline to the core, and a peer that is not known", async () => {
    const control = new FakeControl();
    const calledAt = Date.now();
    await clientOf(control).getStatus({ jobId: "a" }, { timeoutMs: 60_000 });
    const laterMs = (control.call?.deadlineMs ?? 0) - calledAt - 60_000;
    expect(Math.abs(laterMs)).toBeLessThan(1000 + Date.now() - calledAt);
    expect(control.peer).toBe("unknown");
  });

  it("refuses with status and reason", async () => {
    const control = new FakeControl();
    control.getStatus = async () => {
      throw new JobControlError({ code: "JOB_NOT_FOUND", message: "No", metadata: { jobId: "a" } });
    };
    const client = clientOf(control);
    const error = ConnectError.from(await client.getStatus({ jobId: "a" }).catch((reason) => reason));
    expect(error.code).toBe(Code.NotFound);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "JOB_NOT_FOUND", metadata: { jobId: "a" } },
    ]);
    await expect(client.start({})).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(client.trigger({ jobId: "" })).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});
