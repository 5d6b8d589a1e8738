import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { Metadata, status as Status } from "@grpc/grpc-js";
import { describe, expect, it, vi } from "vitest";
import { Health, HealthCheckResponse_ServingStatus } from "../../../gen/grpc/health/v1/health_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { Access } from "../../../src/rpc/access.ts";
import { type DeclaredIdentity, sha256Of } from "../../../src/rpc/identities.ts";
import { patience } from "../../patience.ts";
import { FakeControl } from "../../rpc/sample.ts";
import { WaitingControl } from "../../rpc/waiting-control.ts";
import { RawSocket } from "../raw-socket.ts";
import { pathOf, refusal, Wire } from "./wire.ts";

const { start, getStatus, watchStatus } = JobControlService.method;
const ci: DeclaredIdentity = {
  name: "ci",
  role: "operate",
  proof: { kind: "token", sha256: sha256Of("the-token-of-ci") },
};

function accessOf(...declared: readonly DeclaredIdentity[]): Access {
  const access = new Access({ isAuthenticated: true, onRefused: () => {} });
  access.update(declared);
  return access;
}

function shown(authorization: string): { readonly metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set("authorization", authorization);
  return { metadata };
}

describe("The gRPC door with authentication", () => {
  it("refuses a call before it is decoded, and lets the core hear nothing of it", async () => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci) });
    const malformed = Buffer.from([0xff, 0xff]);
    expect(await refusal(wire.grpcJs().unary(pathOf(start), malformed))).toMatchObject({
      code: Status.UNAUTHENTICATED,
    });
    expect(
      await refusal(wire.grpcJs().unary(pathOf(start), malformed, shown("Bearer the-token-of-ci"))),
    ).toMatchObject({
      code: Status.INVALID_ARGUMENT,
    });
    expect(wire.control.asked).toEqual([]);
  });

  it("tells the core the name of who calls, in the place of its address", async () => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci) });
    await wire.grpcJs().call(start, { jobId: "a" }, shown("Bearer the-token-of-ci"));
    expect(wire.control.peer).toBe("ci");
  });

  it("leaves health checks open, and reflection not", async () => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci) });
    wire.serving.set("serving");
    expect(await wire.grpcJs().call(Health.method.check, {})).toMatchObject({
      status: HealthCheckResponse_ServingStatus.SERVING,
    });
    const reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const same = (bytes: Buffer) => bytes;
    const call = wire.grpcJs().client.makeBidiStreamRequest(reflection, same, same);
    const [error] = await once(call, "error");
    expect(error).toMatchObject({ code: Status.UNAUTHENTICATED });
  });

  it("ends a watch whose token is taken away, and says why", async () => {
    const access = accessOf(ci);
    const control = new WaitingControl();
    await using wire = await Wire.open(control, { access });
    const { metadata } = shown("Bearer the-token-of-ci");
    const same = (bytes: Buffer) => bytes;
    const watch = wire
      .grpcJs()
      .client.makeServerStreamRequest(pathOf(watchStatus), same, same, Buffer.alloc(0), metadata);
    await once(watch, "data");
    access.update([]);
    const [error] = await once(watch, "error");
    expect(error).toMatchObject({ code: Status.UNAUTHENTICATED });
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
  });

  it("does not take the message of a call whose token was taken away after its headers", async () => {
    const access = accessOf(ci);
    await using wire = await Wire.open(new FakeControl(), { access });
    const admit = vi.spyOn(access, "admitCall");
    const session = connectHttp2(wire.url);
    const call = session.request({
      ":method": "POST",
      ":path": pathOf(start),
      "content-type": "application/grpc",
      authorization: "Bearer the-token-of-ci",
    });
    await vi.waitFor(() => expect(admit).toHaveReturned(), patience);
    access.update([]);
    call.end(Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]));
    const [headers] = await once(call.resume(), "response");
    expect(headers["grpc-status"]).toBe(String(Status.UNAUTHENTICATED));
    expect(wire.control.asked).toEqual([]);
    session.destroy();
  });

  it("lets go of what it watched over when a watch ends by itself", async () => {
    const access = accessOf(ci);
    await using wire = await Wire.open(new FakeControl(), { access });
    const caller = access.admit("read", {
      shown: { authorization: "Bearer the-token-of-ci", certificateNames: [], address: "" },
      what: () => "",
    });
    const added = vi.spyOn(caller?.revoked ?? expect.fail(), "addEventListener");
    const removed = vi.spyOn(caller?.revoked ?? expect.fail(), "removeEventListener");
    const { metadata } = shown("Bearer the-token-of-ci");
    const same = (bytes: Buffer) => bytes;
    const watch = wire
      .grpcJs()
      .client.makeServerStreamRequest(pathOf(watchStatus), same, same, Buffer.alloc(0), metadata);
    await once(watch.resume(), "end");
    expect(added).toHaveBeenCalledOnce();
    expect(removed).toHaveBeenCalledOnce();
  });
});

describe("The gRPC door: messages of who has not said who it is", () => {
  it("are not read, however many there are, and their streams are closed", async () => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci) });
    const session = connectHttp2(wire.url);
    const call = () =>
      session.request({ ":method": "POST", ":path": pathOf(start), "content-type": "application/grpc" });
    // Each has begun a message, and none ends it.
    const calls = Array.from({ length: 100 }, () => {
      const begun = call();
      begun.write(Buffer.from([0, 0, 0, 0xff, 0xff]));
      return begun;
    });
    const statuses = await Promise.all(
      calls.map(async (each) => {
        const [headers] = await once(each, "response");
        await once(each.resume(), "close");
        return headers["grpc-status"];
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([String(Status.UNAUTHENTICATED)]));
    session.destroy();
    expect(wire.control.asked).toEqual([]);
  });
});

describe("The gRPC door: what is open to everybody", () => {
  it("is open to a thousand at a time, of which the oldest makes room for the next", async () => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci) });
    const raw = wire.grpcJs();
    const watch = () => raw.stream(Health.method.watch, {});
    const watches = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const each = watch();
        each.on("error", () => {});
        await once(each, "data");
        return each;
      }),
    );
    const [oldest] = watches;
    const ended = once(oldest ?? expect.fail(), "error");
    // Who holds them all keeps nobody from asking, nor those who may call from calling.
    await raw.call(Health.method.check, {});
    expect((await ended)[0]).toMatchObject({ code: Status.RESOURCE_EXHAUSTED });
    await raw.call(getStatus, { jobId: "a" }, shown("Bearer the-token-of-ci"));
    await once(
      watch().on("error", () => {}),
      "data",
    );
    for (const each of watches) each.cancel();
  });

  it("does not count what needs a role, also where nobody has to say who it is", async () => {
    const access = new Access({ isAuthenticated: false, onRefused: () => {} });
    await using wire = await Wire.open(new WaitingControl(), { access });
    const raw = wire.grpcJs();
    const watches = Array.from({ length: 1001 }, () => raw.stream(watchStatus, {}).on("error", () => {}));
    await Promise.all(watches.map((each) => once(each, "data")));
    for (const each of watches) each.cancel();
  });
});

describe("The gRPC door: the header", () => {
  it.each([
    ["right", ["Bearer the-token-of-ci"], true],
    ["missing", [], false],
    ["twice right", ["Bearer the-token-of-ci", "Bearer the-token-of-ci"], false],
    ["right and wrong", ["Bearer the-token-of-ci", "Bearer x"], false],
    ["wrong and right", ["Bearer x", "Bearer the-token-of-ci"], false],
    ["empty and right", ["", "Bearer the-token-of-ci"], false],
  ])("%s", async (_, authorization, isTaken) => {
    const onRefused = vi.fn();
    const access = new Access({ isAuthenticated: true, onRefused });
    access.update([ci]);
    await using wire = await Wire.open(new FakeControl(), { access });
    using raw = await RawSocket.open(wire.port);
    await raw.send(callWith(authorization));
    const { asked } = wire.control;
    await vi.waitFor(() => expect(asked.length + onRefused.mock.calls.length).toBe(1), patience);
    expect(asked).toHaveLength(isTaken ? 1 : 0);
  });
});

describe("The gRPC door: a header that is no metadata", () => {
  it.each([
    ["a token with a character that is none", ["Bearer the-token-of-ci\xf6"], []],
    ["a value with another character", [], [["x-any", "forged line \xf6"]]],
    ["a name with another character", [], [["x!any", "forged line"]]],
  ] as const)("leads to no line on stderr: %s", async (_, authorization, others) => {
    using spoken = vi.spyOn(console, "error").mockImplementation(() => {});
    const onRefused = vi.fn();
    const access = new Access({ isAuthenticated: true, onRefused });
    access.update([ci]);
    await using wire = await Wire.open(new FakeControl(), { access });
    using raw = await RawSocket.open(wire.port);
    await raw.send(callWith(authorization, others));
    await vi.waitFor(() => expect(onRefused).toHaveBeenCalled(), patience);
    expect(spoken).not.toHaveBeenCalled();
  });

  it("is a wrong token, and not none that a certificate could stand in for", async () => {
    const access = accessOf(ci);
    const admit = vi.spyOn(access, "admitCall");
    await using wire = await Wire.open(new FakeControl(), { access });
    using raw = await RawSocket.open(wire.port);
    await raw.send(callWith(["Bearer the-token-of-ci\xf6"]));
    await vi.waitFor(() => expect(admit).toHaveBeenCalled(), patience);
    expect(admit.mock.calls[0]?.[1].authorization).toBe("");
  });
});

/** A call of GetStatus with these values of the one header, and others: Node's own client would not send such. */
function callWith(
  authorization: readonly string[],
  others: readonly (readonly [name: string, value: string])[] = [],
): Buffer {
  const headers: (readonly [name: string, value: string])[] = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", pathOf(getStatus)],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...authorization.map((value): [string, string] => ["authorization", value]),
    ...others,
  ];
  // As HPACK has what is in no table.
  const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value, "latin1")];
  const block = Buffer.concat(
    headers.flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]),
  );
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(4, 0, { payload: Buffer.alloc(0), stream: 0 }),
    frame(1, 4, { payload: block, stream: 1 }),
    frame(0, 1, { payload: Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]), stream: 1 }),
  ]);
}

function frame(
  type: number,
  flags: number,
  { payload, stream }: { readonly payload: Buffer; readonly stream: number },
): Buffer {
  const head = Buffer.from([0, 0, 0, type, flags, 0, 0, 0, stream]);
  head.writeUInt16BE(payload.byteLength, 1);
  return Buffer.concat([head, payload]);
}

describe("The gRPC door: too many connections", () => {
  it("closes a new one, and takes one again when there is room", async () => {
    await using wire = await Wire.open(new FakeControl(), { maxConnections: 1 });
    const first = connectTcp(wire.port, "127.0.0.1");
    await once(first, "data"); // Its settings: it is served.
    const second = connectTcp(wire.port, "127.0.0.1").on("error", () => {});
    await new Promise<void>((resolve) => second.resume().once("close", () => resolve()));
    first.destroy();
    const again = async () => {
      const third = connectTcp(wire.port, "127.0.0.1").on("error", () => {});
      const heard = await Promise.race([
        once(third, "data").then(() => true),
        new Promise<boolean>((resolve) => third.once("close", () => resolve(false))),
      ]);
      third.destroy();
      expect(heard).toBe(true);
    };
    await vi.waitFor(again, patience);
  });

  it.each([
    ["as many as may be of all", { maxConnections: 2 }],
    ["as many as may be of such", { maxStrangers: 1 }],
  ])("gives up the oldest by which nobody has called who may, where there are %s", async (_, limits) => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci), ...limits });
    const known = wire.grpcJs();
    await known.call(getStatus, { jobId: "a" }, shown("Bearer the-token-of-ci"));
    const stranger = wire.grpcJs();
    await stranger.call(Health.method.check, {});
    const left = once(stranger.stream(Health.method.watch, {}).resume(), "error");
    const next = wire.grpcJs();
    await next.call(getStatus, { jobId: "a" }, shown("Bearer the-token-of-ci"));
    await left;
    for (const each of [known, next])
      await each.call(getStatus, { jobId: "a" }, shown("Bearer the-token-of-ci"));
  });

  it("closes a new one where all are of those who may call", async () => {
    await using wire = await Wire.open(new FakeControl(), { access: accessOf(ci), maxConnections: 1 });
    const known = wire.grpcJs();
    await known.call(getStatus, { jobId: "a" }, shown("Bearer the-token-of-ci"));
    const late = connectTcp(wire.port, "127.0.0.1").on("error", () => {});
    await new Promise<void>((resolve) => late.resume().once("close", () => resolve()));
    await known.call(getStatus, { jobId: "a" }, shown("Bearer the-token-of-ci"));
  });
});
