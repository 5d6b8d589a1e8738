import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect, createServer, type Socket } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { StatusReply } from "../../../src/control/job-control.ts";
import { GrpcServer } from "../../../src/server/grpc/grpc-server.ts";
import { PortInUseError } from "../../../src/server/port/tcp-listener.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { bareStatus, FakeControl } from "../../rpc/sample.ts";
import { detailsOf, pathOf, refusal, Wire } from "./wire.ts";

const { getStatus } = JobControlService.method;
const host = "127.0.0.1";

/** Answers GetStatus when the test says so. */
class Held extends FakeControl {
  readonly #begun = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<StatusReply>();

  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  answer(): void {
    this.#answer.resolve({ status: bareStatus, resumeToken: "e:1" });
  }

  override getStatus(): Promise<StatusReply> {
    this.#begun.resolve();
    return this.#answer.promise;
  }
}

/** A connection that says nothing. It is gone when the server closes it. */
async function silent(port: number): Promise<{ readonly closed: Promise<unknown> }> {
  const socket = connect({ host, port });
  socket.on("error", () => {});
  socket.resume();
  const closed = once(socket, "close");
  await once(socket, "connect");
  return { closed };
}

describe("GrpcServer.listen()", () => {
  it("rejects with PortInUseError where another listens", async () => {
    await using wire = await Wire.open();
    await using second = new GrpcServer([]);
    const listening = second.listen({ host, port: wire.port });
    await expect(listening).rejects.toThrow(new PortInUseError({ host, port: wire.port }));
    await expect(listening).rejects.toMatchObject({ code: "PORT_IN_USE", cause: { code: "EADDRINUSE" } });
  });

  it("rejects with the system's error for an address that is not ours", async () => {
    await using server = new GrpcServer([]);
    const listening = server.listen({ host: "192.0.2.1", port: 0 });
    await expect(listening).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  });
});

describe("GrpcServer.accept()", () => {
  it("serves a connection of somebody else's port", async () => {
    await using wire = await Wire.open();
    const shared = createServer((socket) => wire.server.accept(socket));
    await once(shared.listen(0, host), "listening");
    const address = shared.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const session = connectHttp2(`http://${host}:${port}`);
    const stream = session.request({
      ":method": "POST",
      ":path": "/no/No",
      "content-type": "application/grpc",
    });
    const [headers] = await once(stream, "response");
    expect(headers["grpc-status"]).toBe(String(Code.Unimplemented));
    session.close();
    shared.close();
    await once(shared, "close");
  });

  it("survives what is no HTTP/2", async () => {
    await using wire = await Wire.open();
    for (const bytes of [
      "GET / HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff",
      "\0",
    ]) {
      const socket: Socket = connect({ host, port: wire.port });
      socket.on("error", () => {});
      socket.resume();
      socket.end(bytes, "latin1");
      await once(socket, "close");
    }
    await wire.grpcJs().call(getStatus, { jobId: "a" });
  });
});

describe("GrpcServer's keepalive", () => {
  const keepalive = { keepaliveTimeMs: 1, keepaliveTimeoutMs: 500 };

  it("closes a connection that never answers", async () => {
    await using wire = await Wire.open(new FakeControl(), keepalive);
    const { closed } = await silent(wire.port);
    await closed;
  });

  it("leaves calls alone, also while the server drains", async () => {
    const control = new Held();
    await using wire = await Wire.open(control, keepalive);
    const { closed } = await silent(wire.port);
    const answer = wire.grpcJs().call(getStatus, { jobId: "a" });
    await control.begun;
    const drained = wire.server.drain();
    await closed;
    control.answer();
    await expect(answer).resolves.toMatchObject({ resumeToken: "e:1" });
    await drained;
  });
});

/** A call whose request does not come in, or not all of it. Resolves when the server has what was sent. */
async function half(port: number, sent?: Buffer) {
  const session = connectHttp2(`http://${host}:${port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(getStatus),
    "content-type": "application/grpc",
    te: "trailers",
  });
  if (sent !== undefined) stream.write(sent);
  stream.resume();
  const call = { stream, session, answered: once(stream, "response"), closed: once(stream, "close") };
  await once(session, "remoteSettings");
  // What comes after it has been answered has come after it.
  await new Promise((resolve) => session.ping(resolve));
  return call;
}

describe("A call whose request does not come in time", () => {
  it.each([
    ["not at all", undefined],
    ["not to its end", Buffer.from([0, 0, 0, 0, 10, 1])],
    ["without saying that it was all", Buffer.from([0, 0, 0, 0, 0])],
  ])("is refused, and its stream closed: %s", async (_how, sent) => {
    const clock = new FakeClock();
    await using wire = await Wire.open(new FakeControl(), { clock });
    const call = await half(wire.port, sent);
    await clock.advance(10_000);
    const [headers] = await call.answered;
    expect(headers["grpc-status"]).toBe(String(Code.DeadlineExceeded));
    const details = fromBinary(StatusSchema, Buffer.from(headers["grpc-status-details-bin"], "base64"));
    expect(details.details.map((any) => anyUnpack(any, ErrorInfoSchema)?.reason)).toEqual(["NOT_APPLIED"]);
    await call.closed;
    call.session.close();
    expect(wire.bugs).toEqual([]);
  });

  it("gains and loses no time by others, and one that waits for its answer has all the time", async () => {
    const clock = new FakeClock();
    const control = new Held();
    await using wire = await Wire.open(control, { clock });
    const waiting = wire.grpcJs().call(getStatus, { jobId: "a" });
    await control.begun;
    const first = await half(wire.port);
    await clock.advance(6000);
    const second = await half(wire.port, Buffer.alloc(5));
    await clock.advance(4000);
    await first.closed;
    expect(second.stream.closed).toBe(false);
    await clock.advance(6000);
    await second.closed;
    control.answer();
    await waiting;
    for (const { session } of [first, second]) session.close();
  });
});

/** A call whose answer has no way to its client, which has granted not a byte for it. Resolves when the server has sent it. */
async function untaken(port: number) {
  const session = connectHttp2(`http://${host}:${port}`, { settings: { initialWindowSize: 0 } });
  const headers = { ":method": "POST", ":path": pathOf(getStatus), "content-type": "application/grpc" };
  const stream = session.request({ ...headers, te: "trailers" });
  const closed = once(stream, "close").catch(() => {});
  const answered = once(stream, "response");
  stream.resume();
  stream.end(Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]));
  await answered;
  await new Promise((resolve) => session.ping(resolve));
  return { session, stream, closed };
}

describe("An answer that its client does not take", () => {
  it("is given up after two minutes, and only that", async () => {
    const clock = new FakeClock();
    await using wire = await Wire.open(new FakeControl(), { clock });
    const call = await untaken(wire.port);
    const { session } = call;
    await clock.advance(119_999);
    expect(call.stream.closed).toBe(false);
    const later = await untaken(wire.port);
    await clock.advance(1);
    await call.closed;
    expect(call.stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(session.closed).toBe(false);
    expect(later.stream.closed).toBe(false);
    await wire.grpcJs().call(getStatus, { jobId: "a" });
    for (const { session } of [call, later]) session.destroy();
    expect(wire.bugs).toEqual([]);
  });

  it("is not waited for where its caller had gone before", async () => {
    const clock = new FakeClock();
    const control = new Held();
    await using wire = await Wire.open(control, { clock });
    const gone = await half(wire.port, Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]));
    gone.answered.catch(() => {});
    gone.stream.end();
    await control.begun;
    gone.stream.close(constants.NGHTTP2_CANCEL);
    await gone.closed;
    await new Promise((resolve) => gone.session.ping(resolve));
    control.answer();
    // That of the requests is the one timer that there was.
    await clock.advance(10_000);
    expect(clock.pendingTimers).toBe(0);
    gone.session.close();
  });
});

describe("A connection without calls", () => {
  it("is closed in time, also where it answers every ping; one with a watch is not", async () => {
    const control = new FakeControl();
    const ended = Promise.withResolvers<void>();
    control.watch = async function* () {
      yield { kind: "bookmark", serverTimeMs: 0, resumeToken: "e:1" };
      await ended.promise;
    };
    await using wire = await Wire.open(control, { maxIdleMs: 50, keepaliveTimeMs: 5 });
    const watching = wire.connect(JobControlService).watchStatus({})[Symbol.asyncIterator]();
    await watching.next();
    // Both of them came after it, and the second only when the first had gone.
    for (let n = 0; n < 2; n++) {
      const session = connectHttp2(`http://${host}:${wire.port}`);
      await once(session, "close");
    }
    ended.resolve();
    expect(await watching.next()).toMatchObject({ done: true });
  });
});

describe("GrpcServer.drain()", () => {
  it("lets calls in flight finish, and refuses new ones", async () => {
    const control = new Held();
    await using wire = await Wire.open(control);
    const raw = wire.grpcJs();
    const answer = raw.call(getStatus, { jobId: "a" });
    await control.begun;
    const drained = wire.server.drain();
    const refused = await refusal(raw.call(getStatus, { jobId: "a" }));
    expect(refused.code).toBe(Code.Unavailable);
    expect(detailsOf(refused, ErrorInfoSchema)).toMatchObject([{ reason: "DRAINING" }]);
    control.answer();
    await expect(answer).resolves.toMatchObject({ resumeToken: "e:1" });
    await drained;
  });

  it("takes no more connections", async () => {
    await using wire = await Wire.open();
    await wire.server.drain();
    const socket = connect({ host, port: wire.port });
    await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("closes connections without calls at once, also those that say nothing", async () => {
    await using wire = await Wire.open();
    const { closed } = await silent(wire.port);
    await wire.grpcJs().call(getStatus, { jobId: "a" });
    await wire.server.drain();
    await closed;
  });

  it("cuts off what is left when its signal fires", async () => {
    const control = new Held();
    await using wire = await Wire.open(control);
    const refused = refusal(wire.grpcJs().call(getStatus, { jobId: "a" }));
    await control.begun;
    const timeUp = new AbortController();
    const drained = wire.server.drain({ signal: timeUp.signal });
    timeUp.abort();
    await drained;
    expect(await refused).toMatchObject({ code: Code.Unavailable });
    control.answer();
    await refused;
  });

  it("sends a reflection stream away instead of waiting for its client", async () => {
    await using wire = await Wire.open();
    const asked = Promise.withResolvers<void>();
    async function* requests() {
      yield { messageRequest: { case: "listServices", value: "" } } as const;
      await asked.promise;
    }
    const stream = wire.connect(ServerReflection).serverReflectionInfo(requests());
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const drained = wire.server.drain();
    await expect(iterator.next()).rejects.toMatchObject({ code: Code.Unavailable });
    asked.resolve();
    await drained;
  });
});

describe("GrpcServer[Symbol.asyncDispose]()", () => {
  it("is harmless before the start, and the second time", async () => {
    const server = new GrpcServer([]);
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    expect(server.callsInFlight).toBe(0);
  });

  it("cuts off whoever is connected", async () => {
    const control = new Held();
    await using wire = await Wire.open(control);
    const refused = refusal(wire.grpcJs().call(getStatus, { jobId: "a" }));
    await control.begun;
    await wire.server[Symbol.asyncDispose]();
    expect(await refused).toMatchObject({ code: Code.Unavailable });
    control.answer();
    await wire.server.drain();
  });
});
