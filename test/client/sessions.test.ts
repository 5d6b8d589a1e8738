import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createJobControlClient, describeFailure } from "../../src/client/index.ts";

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
