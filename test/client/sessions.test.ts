import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it } from "vitest";
import { WatchStatusResponse_Kind as Kind } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import {
  createClientOn,
  createJobControlClient,
  describeFailure,
  type Interruption,
} from "../../src/client/index.ts";
import { Sessions } from "../../src/client/sessions.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";

const servers: Server[] = [];
const errorListeners = process.listeners("uncaughtException");

/** A server that speaks no HTTP/2, and the sockets that have come. */
async function setup(): Promise<{ address: string; sockets: Promise<Socket>; uncaught: unknown[] }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"));
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const uncaught: unknown[] = [];
  // Those of the test runner would fail the run, and not this test.
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
  const sockets = once(server, "connection").then(([socket]) => socket as Socket);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, uncaught };
}

afterEach(async () => {
  process.removeAllListeners("uncaughtException");
  for (const listener of errorListeners) process.on("uncaughtException", listener);
  for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
});

describe("A client that is disposed of while its connection fails", () => {
  it("raises no error beside that of the call", async () => {
    const { address, sockets, uncaught } = await setup();
    const call = async () => {
      using client = createJobControlClient({ address });
      await client.jobs.listJobs({});
    };
    const failure = await call().catch(describeFailure);
    expect(failure).toMatchObject({ code: "INTERNAL", reason: "" });
    const socket = await sockets;
    if (!socket.closed) await once(socket, "close");
    await setImmediate();
    expect(uncaught).toEqual([]);
  });
});

/** Passes all on to a server, but for the connections that have gone deaf: they stay open, and nothing comes through. */
async function deafenable(port: number) {
  const ways: { isDeaf: boolean }[] = [];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const way = { isDeaf: false };
    ways.push(way);
    near.on("data", (bytes) => way.isDeaf || far.write(bytes));
    far.on("data", (bytes) => way.isDeaf || near.write(bytes));
    for (const [one, other] of [[near, far] as const, [far, near] as const])
      one.on("error", () => {}).on("close", () => other.destroy());
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { ways, port: (server.address() as AddressInfo).port };
}

describe("A connection on which nothing comes through any more", () => {
  it("is given up for a new one, by a watch and by the next call", async () => {
    await using served = new JobControlServer(testConfiguration(), { log: quietLog });
    const { ways, port } = await deafenable((await served.start()) ?? 0);
    using sessions = new Sessions(`http://127.0.0.1:${port}`, { pingIntervalMs: 20, pingTimeoutMs: 500 });
    const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}`, sessionManager: sessions });
    const client = createClientOn(transport);
    const interrupted = Promise.withResolvers<Interruption>();
    const watch = client.watchStatus({}, { backoff: { initialMs: 1 }, onInterrupted: interrupted.resolve });
    while ((await watch.next()).value?.kind !== Kind.SNAPSHOT_END);
    const next = watch.next();
    for (const way of ways) way.isDeaf = true;
    expect((await interrupted.promise).error).toMatchObject({
      code: "UNAVAILABLE",
      message: "PING timed out",
    });
    expect((await next).value?.kind).toBe(Kind.SNAPSHOT_END);
    await client.getStatus({ jobId: "sum" });
    expect(ways).toHaveLength(2);
    await watch.return();
  });
});
