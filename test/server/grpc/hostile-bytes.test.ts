/** Whatever comes in: no answer is INTERNAL, no bug is reported, and the next call of somebody else is served. */
import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { systemClock } from "../../../src/async/clock.ts";
import { SharedPort } from "../../../src/server/port/shared-port.ts";
import { RawSocket } from "../raw-socket.ts";
import { pathOf, Wire } from "./wire.ts";

const { getStatus, start, watchStatus } = JobControlService.method;
const internal = "13";

let wire: Wire;

beforeAll(async () => {
  wire = await Wire.open();
});

afterAll(async () => {
  await wire[Symbol.asyncDispose]();
});

async function expectAlive(): Promise<void> {
  await wire.grpcJs().call(getStatus, { jobId: "a" });
  expect(wire.bugs).toEqual([]);
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** A gRPC message: its flag, the length it claims, and what follows. */
const message = fc
  .record({
    flag: fc.constantFrom(0, 0, 0, 1, 2, 255),
    body: fc.oneof(bytes(100), fc.constantFrom(Buffer.alloc(70_000), gzipSync(Buffer.alloc(1_000_000)))),
    claim: fc.option(fc.nat(2 ** 31 - 1), { freq: 8 }),
  })
  .map(({ flag, body, claim }) => {
    const head = Buffer.from([flag, 0, 0, 0, 0]);
    head.writeUInt32BE(claim ?? body.byteLength, 1);
    return Buffer.concat([head, body]);
  });

const request = fc.record({
  path: fc.constantFrom(
    pathOf(start),
    pathOf(watchStatus),
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/no.Service/Get",
    "//",
  ),
  headers: fc.record(
    {
      "grpc-timeout": fc.constantFrom("1n", "0S", "-1S", "9999999999S", "soon"),
      "grpc-encoding": fc.constantFrom("gzip", "deflate", "identity", "zip"),
      "content-type": fc.constantFrom("application/grpc", "application/grpc+json", "application/json"),
    },
    { requiredKeys: ["content-type"] },
  ),
  body: fc.oneof(bytes(8), message, fc.tuple(message, message).map(Buffer.concat)),
});

/** An HTTP/2 frame: length, type, flags, stream, payload; the length is true, so that the next one is read. */
const frame = fc
  .tuple(fc.nat(12), fc.nat(255), fc.nat(9), bytes(60))
  .map(([type, flags, stream, payload]) => {
    const head = Buffer.from([0, 0, payload.byteLength, type, flags, 0, 0, 0, stream]);
    return Buffer.concat([head, payload]);
  });

const preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

describe("The port", () => {
  it("answers no call with INTERNAL, whatever its headers and messages are", async () => {
    const session = connectHttp2(wire.url);
    const answer = fc.asyncProperty(request, async ({ path, headers, body }) => {
      const stream = session.request({ ":method": "POST", ":path": path, te: "trailers", ...headers });
      const statuses: unknown[] = [];
      const note = (received: IncomingHttpHeaders) => statuses.push(received["grpc-status"]);
      stream
        .on("response", note)
        .on("trailers", note)
        .on("error", () => {});
      stream.resume().end(body);
      // A watch that was understood goes on.
      stream.once("data", () => stream.close());
      if (!stream.closed) await once(stream, "close").catch(() => {});
      expect(statuses).not.toContain(internal);
    });
    await fc.assert(answer, { numRuns: 150 });
    session.destroy();
    await expectAlive();
  });

  it("survives frames that are out of place, cut off, or nonsense", async () => {
    const survive = fc.asyncProperty(
      fc.oneof(bytes(500), fc.array(frame, { maxLength: 20 }).map(Buffer.concat)),
      fc.boolean(),
      async (sent, asHttp2) => {
        const socket = connect({ host: "127.0.0.1", port: wire.port });
        socket.on("error", () => {});
        await once(socket, "connect");
        socket.end(asHttp2 ? Buffer.concat([preface, sent]) : sent);
        socket.resume();
        if (!socket.closed) await once(socket, "close");
      },
    );
    await fc.assert(survive, { numRuns: 100 });
    await expectAlive();
  });

  it.each([
    ["of a method that there is", pathOf(start), "application/grpc"],
    ["of a method that there is not", "/no.Service/Get", "application/grpc"],
    ["of another type", pathOf(start), "text/plain"],
  ])(
    "takes a call %s for none, that is reset with the bytes that a shared port has looked at",
    async (_, path, type) => {
      const uncaught: unknown[] = [];
      const note = (error: unknown) => uncaught.push(error);
      process.prependListener("uncaughtException", note);
      const http2 = (socket: Socket) => wire.server.accept(socket);
      await using port = new SharedPort({ http2, http1: http2 }, { clock: systemClock });
      using raw = await RawSocket.open(await port.listen({ host: "127.0.0.1", port: 0 }));
      const headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "localhost",
        "content-type": type,
      };
      const reset = Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]);
      await raw.send(Buffer.concat([preface, headersFrame(headers), reset]));
      // Its settings: it has been read, then, and the next call comes after it.
      await raw.receive(/./s);
      await expectAlive();
      process.off("uncaughtException", note);
      expect(uncaught).toEqual([]);
    },
  );
});

/** Of the first stream, as HPACK has headers that are in no table. */
function headersFrame(headers: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value)];
  const block = Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]),
  );
  return Buffer.concat([Buffer.from([0, 0, block.byteLength, 1, 4, 0, 0, 0, 1]), block]);
}
