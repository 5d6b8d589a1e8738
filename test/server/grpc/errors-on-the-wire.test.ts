import { once } from "node:events";
import { connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { StatusReply } from "../../../src/control/job-control.ts";
import type { WatchMessage } from "../../../src/control/watch/watch.ts";
import { type ErrorCode, JobControlError } from "../../../src/job/errors.ts";
import { reasonOf, statusOf } from "../../../src/rpc/errors.ts";
import { implement } from "../../../src/rpc/service-spec.ts";
import { GrpcServer } from "../../../src/server/grpc/grpc-server.ts";
import { bareStatus, FakeControl } from "../../rpc/sample.ts";
import { detailsOf, pathOf, RawClient, refusal, Wire } from "./wire.ts";

const { getStatus, watchStatus, start } = JobControlService.method;
const codes = Object.keys(statusOf) as ErrorCode[];

class Refusing extends FakeControl {
  readonly #error: unknown;

  constructor(error: unknown) {
    super();
    this.#error = error;
  }

  override async getStatus(): Promise<StatusReply> {
    throw this.#error;
  }

  override async *watch(): AsyncIterable<WatchMessage> {
    yield { kind: "bookmark", resumeToken: "e:1", serverTimeMs: 0 };
    throw this.#error;
  }
}

function refusing(code: ErrorCode): Refusing {
  return new Refusing(
    new JobControlError({
      code,
      message: `Refused: ${code} – 100 %`,
      metadata: { jobId: "a" },
      retryAfterMs: 1500,
      violations: [{ field: "labels.x", description: "is wrong" }],
    }),
  );
}

describe.each(codes)("%s on the wire", (code) => {
  const info = { reason: reasonOf(code), domain: "jobcontrol", metadata: { jobId: "a" } };

  it("is read by grpc-js, with its details", async () => {
    await using wire = await Wire.open(refusing(code));
    const error = await refusal(wire.grpcJs().call(getStatus, { jobId: "a" }));
    expect(error).toMatchObject({ code: statusOf[code], details: `Refused: ${code} – 100 %` });
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([info]);
    expect(detailsOf(error, BadRequestSchema)).toMatchObject([{ fieldViolations: [{ field: "labels.x" }] }]);
    expect(detailsOf(error, RetryInfoSchema)).toMatchObject([
      { retryDelay: { seconds: 1n, nanos: 500_000_000 } },
    ]);
    expect(error.metadata.get("grpc-retry-pushback-ms")).toEqual(["1500"]);
    expect(wire.bugs).toEqual([]);
  });

  it("is read by connect, with its details, after a stream's first message", async () => {
    await using wire = await Wire.open(refusing(code));
    const messages: string[] = [];
    const error = await readAll(wire, messages);
    expect(messages).toEqual(["e:1"]);
    expect(error).toMatchObject({ code: statusOf[code], rawMessage: `Refused: ${code} – 100 %` });
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([info]);
    expect(error.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: [{ field: "labels.x" }] }]);
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 1n } }]);
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("1500");
  });
});

async function readAll(wire: Wire, tokens: string[]): Promise<ConnectError> {
  try {
    for await (const { resumeToken } of wire.connect(JobControlService).watchStatus({}))
      tokens.push(resumeToken);
  } catch (error) {
    return ConnectError.from(error);
  }
  return expect.fail("The stream was not refused");
}

describe("A bug of ours on the wire", () => {
  it("is INTERNAL without a word of the exception, in a call and in a stream", async () => {
    const bug = new TypeError("secret path /etc/x");
    await using wire = await Wire.open(new Refusing(bug));
    const error = await refusal(wire.grpcJs().call(getStatus, { jobId: "a" }));
    expect(error).toMatchObject({ code: Code.Internal, details: "Internal error" });
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "INTERNAL" }]);
    expect(await readAll(wire, [])).toMatchObject({ code: Code.Internal, rawMessage: "Internal error" });
    expect(wire.bugs).toEqual([bug, bug]);
  });

  it("is INTERNAL where the core throws at once, or an answer cannot be encoded", async () => {
    const control = new FakeControl();
    const bug = new Error("at once");
    control.watch = () => {
      throw bug;
    };
    const currentRun = {
      runId: "r",
      state: "running",
      attempt: 0.5,
      maxAttempts: 1,
      startTimeMs: 0,
    } as const;
    control.list = () => ({ jobs: [{ ...bareStatus, currentRun }], nextPageToken: "", resumeToken: "" });
    await using wire = await Wire.open(control);
    expect(await readAll(wire, [])).toMatchObject({ code: Code.Internal });
    const listed = await refusal(wire.grpcJs().call(JobControlService.method.listJobs, {}));
    expect(listed).toMatchObject({ code: Code.Internal, details: "Internal error" });
    expect(wire.bugs).toMatchObject([bug, expect.any(Error)]);
  });
});

describe("A request that is wrong", () => {
  it("names the wrong fields", async () => {
    await using wire = await Wire.open();
    const error = await refusal(wire.grpcJs().call(start, { jobId: "a b", labels: { "": "" } }));
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "INVALID_FIELD" }]);
    expect(detailsOf(error, BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "job_id" }, { field: "labels" }] },
    ]);
    expect(wire.control.asked).toEqual([]);
  });

  it.each([
    ["truncated", [0x0a, 0x7f, 0x61]],
    ["no UTF-8", [0x0a, 0x01, 0xff]],
    ["no protobuf", [0xff, 0xff, 0xff]],
    ["nested too deep", nestedStruct(200)],
  ])("is the caller's fault where the bytes are %s", async (_name, bytes) => {
    await using wire = await Wire.open();
    const error = await refusal(wire.grpcJs().unary(pathOf(start), Uint8Array.from(bytes)));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "INVALID_FIELD" }]);
    expect(wire.bugs).toEqual([]);
  });

  it("is the caller's fault in a stream too", async () => {
    await using wire = await Wire.open();
    const stream = wire.grpcJs().client.makeServerStreamRequest(
      pathOf(watchStatus),
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.from([0xff]),
    );
    const { promise, resolve } = Promise.withResolvers<ServiceError>();
    stream.on("error", (error: ServiceError) => resolve(error)).resume();
    expect(await promise).toMatchObject({ code: Code.InvalidArgument });
  });

  it("is RESOURCE_EXHAUSTED where it is larger than 64 KiB", async () => {
    await using wire = await Wire.open();
    const error = await refusal(wire.grpcJs().call(getStatus, { jobId: "a".repeat(65_536) }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "MESSAGE_TOO_LARGE" }]);
  });

  it("is RESOURCE_EXHAUSTED where it unpacks to more than 64 KiB", async () => {
    await using wire = await Wire.open();
    const gzip = { "grpc.default_compression_algorithm": 2 };
    const error = await refusal(wire.grpcJs(gzip).call(getStatus, { jobId: "a".repeat(50_000_000) }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "MESSAGE_TOO_LARGE" }]);
  });

  it.each([
    ["one large entry", 1, 100_000],
    ["several entries", 5, 4000],
  ])("never comes in where its metadata is larger than 16 KiB: %s", async (_name, count, length) => {
    await using wire = await Wire.open();
    const metadata = new Metadata();
    for (let i = 0; i < count; i++) metadata.set(`x-${i}`, "x".repeat(length));
    await refusal(wire.grpcJs().call(getStatus, { jobId: "a" }, { metadata }));
    expect(wire.control.asked).toEqual([]);
    await wire.grpcJs().call(getStatus, { jobId: "a" });
  });
});

/** Code and reason of the answer to a request that no gRPC library would send. */
async function statusOfRaw(wire: Wire, headers: OutgoingHttpHeaders, body: Buffer): Promise<unknown> {
  const session = connectHttp2(wire.url);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(getStatus),
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.end(body);
  const [answered] = await once(stream, "response");
  session.destroy();
  const details = Buffer.from(String(answered["grpc-status-details-bin"]), "base64");
  const [any] = fromBinary(StatusSchema, details).details;
  return [answered["grpc-status"], any && anyUnpack(any, ErrorInfoSchema)?.reason];
}

describe("A request that grpc-js refuses by itself", () => {
  const frame = Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x61]);

  it.each([
    ["a wrong grpc-timeout", { "grpc-timeout": "soon" }, frame, Code.InvalidArgument, "INVALID_FIELD"],
    [
      "what is not gzip",
      { "grpc-encoding": "gzip" },
      Buffer.from([1, ...frame.subarray(1)]),
      Code.InvalidArgument,
      "INVALID_FIELD",
    ],
    [
      "an unknown encoding",
      { "grpc-encoding": "zip" },
      Buffer.from([1, ...frame.subarray(1)]),
      Code.Unimplemented,
      "UNIMPLEMENTED",
    ],
    ["no message", {}, Buffer.alloc(0), Code.Unimplemented, "UNIMPLEMENTED"],
    ["two messages", {}, Buffer.concat([frame, frame]), Code.Unimplemented, "UNIMPLEMENTED"],
  ])("is not our fault: %s", async (_name, headers, body, code, reason) => {
    await using wire = await Wire.open();
    expect(await statusOfRaw(wire, headers, body)).toEqual([String(code), reason]);
    expect(wire.bugs).toEqual([]);
  });
});

/** A StartRequest whose input holds a list in a list in a list. */
function nestedStruct(depth: number): number[] {
  let value: Buffer = Buffer.from([0x08, 0x00]);
  for (let i = 0; i < depth; i++) value = field(6, field(1, value));
  return [...field(3, field(1, Buffer.concat([field(1, Buffer.from("x")), field(2, value)])))];
}

function field(number: number, bytes: Buffer): Buffer {
  const { byteLength } = bytes;
  const length = byteLength < 128 ? [byteLength] : [(byteLength & 0x7f) | 0x80, byteLength >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

describe("A method that is not there", () => {
  it("says so where its service has no implementation of it", async () => {
    await using server = new GrpcServer([implement(JobControlService, {})]);
    const port = await server.listen({ host: "127.0.0.1", port: 0 });
    const client = new RawClient(new Client(`127.0.0.1:${port}`, credentials.createInsecure()));
    const error = await refusal(client.call(getStatus, {}));
    client.client.close();
    expect(error).toMatchObject({
      code: Code.Unimplemented,
      details: `Not implemented by this version: ${pathOf(getStatus).slice(1)}`,
    });
    expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "UNIMPLEMENTED" }]);
  });

  it.each(["/jobcontrol.v1.JobControlService/Nothing", "/no.Service/Get", "/", `/${"x".repeat(5000)}`])(
    "is UNIMPLEMENTED, and says so: %s",
    async (path) => {
      await using wire = await Wire.open();
      const error = await refusal(wire.grpcJs().unary(path, Buffer.alloc(0)));
      expect(error.code).toBe(Code.Unimplemented);
      expect(error.details).toContain(path.slice(1, 400));
      expect(detailsOf(error, ErrorInfoSchema)).toMatchObject([{ reason: "UNIMPLEMENTED" }]);
      expect(wire.bugs).toEqual([]);
    },
  );
});
