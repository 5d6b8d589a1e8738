import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequest_Until as Until,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { type Clock, systemClock } from "../../src/async/clock.ts";
import { createClientOn, type TransportClient } from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { freePort } from "../free-port.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { transports } from "./every-transport.ts";

/** For whom a server that says when to come back says too long. */
const hasty: Clock = {
  ...systemClock,
  setTimer: (delayMs, callback) => systemClock.setTimer(delayMs / 20, callback),
};

let server: JobControlServer;
let port: number;

beforeEach(async () => {
  port = await freePort();
  await start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** The same server again, on the same port. */
async function restart(): Promise<void> {
  await server[Symbol.asyncDispose]();
  await start();
}

async function start(): Promise<void> {
  server = new JobControlServer(testConfiguration({ listen: { host: "127.0.0.1", port } }), {
    log: quietLog,
  });
  await server.start();
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("The call has succeeded"),
    (error) => error,
  );
}

async function watchers(client: TransportClient): Promise<number | undefined> {
  return (await client.admin.getChannelStats({})).stats?.watchers;
}

describe.each(Object.entries(transports))("A client over %s", (_name, create) => {
  function open(opened: DisposableStack): TransportClient {
    return createClientOn(create(port, opened));
  }

  it("starts with wait, and has the result of the run", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    const input = { numbers: [1, 2] };
    const { status } = await client.start({ jobId: "sum", input }, { wait: true });
    expect(status).toMatchObject({ state: JobState.SUCCEEDED, result: { sum: 3 } });
  });

  it("stops with wait", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    await client.start({ jobId: "forever" });
    expect((await client.stop({ jobId: "forever" }, { wait: true })).status?.state).toBe(JobState.STOPPED);
  });

  it("throws the service's reason, with its data", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    expect(await errorOf(client.getStatus({ jobId: "nobody" }))).toMatchObject({
      name: "CallError",
      code: "NOT_FOUND",
      reason: "JOB_NOT_FOUND",
      message: "No such job: nobody",
      metadata: { jobId: "nobody" },
    });
    const wrong = client.watchStatus({ jobIds: ["-"], maxChanges: -1 }).next();
    expect(await errorOf(wrong)).toMatchObject({
      reason: "INVALID_FIELD",
      violations: [{ field: "job_ids[0]" }, { field: "max_changes" }],
    });
  });

  it("watches until what it waits for has come", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    const kinds: Kind[] = [];
    for await (const { kind } of client.watchStatus({ jobIds: ["sum"], until: Until.SNAPSHOT_END }))
      kinds.push(kind);
    expect(kinds).toEqual([Kind.SNAPSHOT, Kind.SNAPSHOT_END, Kind.CLOSING]);
  });

  it("goes on with a watch after the server has gone and come back, and shows that it begins anew", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    const { promise: isLost, resolve } = Promise.withResolvers<void>();
    const options = { clock: hasty, backoff: { maxMs: 1000 }, onInterrupted: () => resolve() };
    const watch = client.watchStatus({ jobIds: ["forever"] }, options);
    while ((await watch.next()).value?.kind !== Kind.SNAPSHOT_END);
    const next = watch.next();
    await restart();
    await isLost;
    expect((await next).value?.kind).toBe(Kind.RESET);
    expect((await watch.next()).value?.status?.jobId).toBe("forever");
    await watch.return();
  });

  it("ends the call of a watch whose loop is left, and of one whose signal fires", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    for await (const { kind } of client.watchStatus()) if (kind === Kind.SNAPSHOT_END) break;
    const caller = new AbortController();
    const watch = client.watchStatus({}, { signal: caller.signal });
    while ((await watch.next()).value?.kind !== Kind.SNAPSHOT_END);
    const next = watch.next();
    caller.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
    await expect.poll(() => watchers(client)).toBe(0);
  });

  it("gives up at the deadline of a call", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    await client.start({ jobId: "forever" });
    const watching = async () => {
      for await (const _message of client.jobs.watchStatus({ jobIds: ["forever"] }, { timeoutMs: 50 }));
    };
    expect(await errorOf(watching())).toMatchObject({ message: expect.stringMatching(/deadline/i) });
  });

  it("says that no server is there", async () => {
    using opened = new DisposableStack();
    const client = open(opened);
    await server[Symbol.asyncDispose]();
    const call = client.start({ jobId: "sum" }, { timeoutMs: 300, backoff: { initialMs: 10 } });
    expect(await errorOf(call)).toMatchObject({ name: "CallError", reason: "" });
  });
});
