import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { WatchStatusResponse_Kind as Kind } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, describeFailure } from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";

let server: JobControlServer;
let address: string;

beforeEach(async () => {
  server = new JobControlServer(testConfiguration(), { log: quietLog });
  address = `127.0.0.1:${await server.start()}`;
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** What a call throws, taken apart. */
function failureOf(call: Promise<unknown>) {
  return call.then(() => expect.unreachable("The call has succeeded"), describeFailure);
}

/** What a command or a watch throws, which is taken apart already. */
function errorOf(call: Promise<unknown>) {
  return call.then(
    () => expect.unreachable("The call has succeeded"),
    (error: unknown) => error,
  );
}

describe("createJobControlClient()", () => {
  it("makes typed calls", async () => {
    using client = createJobControlClient({ address });
    const { started, status } = await client.jobs.start({ jobId: "forever", labels: { team: "red" } });
    expect(started).toBe(true);
    expect(status).toMatchObject({ state: JobState.RUNNING, executionCount: 1n, labels: { team: "red" } });
  });

  it("streams a watch, until its signal fires", async () => {
    using client = createJobControlClient({ address });
    const call = new AbortController();
    const kinds: Kind[] = [];
    const messages = client.jobs.watchStatus({ jobIds: ["sum"] }, { signal: call.signal });
    const watching = (async () => {
      for await (const { kind } of messages) {
        kinds.push(kind);
        if (kind === Kind.SNAPSHOT_END) call.abort();
      }
    })();
    expect(await failureOf(watching)).toMatchObject({ code: "CANCELLED" });
    expect(kinds).toEqual([Kind.SNAPSHOT, Kind.SNAPSHOT_END]);
  });

  it("fails the calls that are under way when it is disposed of", async () => {
    const client = createJobControlClient({ address });
    const messages = client.jobs.watchStatus({})[Symbol.asyncIterator]();
    await messages.next();
    client[Symbol.dispose]();
    const failure = failureOf(
      (async () => {
        while (!(await messages.next()).done);
      })(),
    );
    expect(await failure).toMatchObject({ code: "CANCELLED" });
  });

  it("makes no other connection once it is disposed of: not for a watch, nor for a command, nor to wait for a run", async () => {
    const client = createJobControlClient({ address });
    const watch = client.watchStatus();
    await watch.next();
    const { promise: isRunning, resolve } = Promise.withResolvers<void>();
    const run = errorOf(client.start({ jobId: "forever" }, { wait: true, onChange: () => resolve() }));
    await isRunning;
    client[Symbol.dispose]();
    const watching = errorOf(
      (async () => {
        while (!(await watch.next()).done);
      })(),
    );
    const disposed = { code: "CANCELLED", message: "The client was disposed of" };
    expect(await watching).toMatchObject(disposed);
    expect(await run).toMatchObject(disposed);
    expect(await errorOf(client.stop({ jobId: "forever" }))).toMatchObject(disposed);
    using other = createJobControlClient({ address });
    expect((await other.getStatus({ jobId: "forever" })).status?.state).toBe(JobState.RUNNING);
  });

  it.each([
    ["is no more", "mine"],
    ["is another", "forever"],
  ])(
    "waits for a run no longer where its job %s, as after a server that kept it in memory",
    async (_what, jobId) => {
      using client = createJobControlClient({ address });
      const { promise: isRunning, resolve } = Promise.withResolvers<void>();
      const options = { wait: true, backoff: { initialMs: 1 }, onChange: () => resolve() };
      const run = errorOf(client.start({ jobId, jobType: "forever" }, options));
      await isRunning;
      await server[Symbol.asyncDispose]();
      const listen = { host: "127.0.0.1", port: Number(address.split(":")[1]) };
      server = new JobControlServer(testConfiguration({ listen }), { log: quietLog });
      await server.start();
      expect(await run).toMatchObject({
        message: `The job is gone, and how its run ended is unknown: ${jobId}`,
      });
    },
  );
});

describe("describeFailure()", () => {
  it("reads the service's reason and data", async () => {
    using client = createJobControlClient({ address });
    expect(await failureOf(client.jobs.getStatus({ jobId: "nobody" }))).toEqual({
      code: "NOT_FOUND",
      reason: "JOB_NOT_FOUND",
      message: "No such job: nobody",
      metadata: { jobId: "nobody" },
      retryAfterMs: undefined,
      violations: [],
    });
  });

  it("names each field that is wrong", async () => {
    using client = createJobControlClient({ address });
    const { code, reason, violations } = await failureOf(
      client.jobs
        .watchStatus({ jobIds: ["-"], maxChanges: -1 })
        [Symbol.asyncIterator]()
        .next(),
    );
    expect({ code, reason }).toEqual({ code: "INVALID_ARGUMENT", reason: "INVALID_FIELD" });
    expect(violations.map(({ field }) => field)).toEqual(["job_ids[0]", "max_changes"]);
  });

  it("tells when a retry has a chance", () => {
    const error = new ConnectError("Full", Code.ResourceExhausted, undefined, [
      { desc: ErrorInfoSchema, value: { reason: "CHANNEL_FULL", domain: "jobcontrol" } },
      { desc: RetryInfoSchema, value: { retryDelay: durationFromMs(1250) } },
      { desc: BadRequestSchema, value: create(BadRequestSchema) },
    ]);
    expect(describeFailure(error)).toMatchObject({ reason: "CHANNEL_FULL", retryAfterMs: 1250 });
  });

  it("has no reason where the connection failed, and takes any thrown value", async () => {
    using client = createJobControlClient({ address: "127.0.0.1:1" });
    expect(await failureOf(client.jobs.listJobs({}))).toMatchObject({ code: "UNAVAILABLE", reason: "" });
    expect(describeFailure("why not")).toMatchObject({ code: "UNKNOWN", reason: "", message: "why not" });
  });
});
