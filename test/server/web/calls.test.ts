import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../../gen/google/rpc/error_details_pb.ts";
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { AdminService } from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import {
  GetStatusRequestSchema,
  JobControlService,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { WatchMessage } from "../../../src/control/watch/watch.ts";
import { JobControlError } from "../../../src/job/errors.ts";
import { reasonOf, statusOf } from "../../../src/rpc/errors.ts";
import { errorCodes, RefusingControl } from "../../interop/refusing-server.ts";
import { patience } from "../../patience.ts";
import { FakeControl } from "../../rpc/sample.ts";
import { WaitingControl } from "../../rpc/waiting-control.ts";
import { forms, pathOf, WebWire } from "./web-wire.ts";

const { getStatus, start, watchStatus } = JobControlService.method;
const json = { "content-type": "application/json" };
const proto = { "content-type": "application/proto" };
const web = { "content-type": "application/grpc-web+proto" };
const bookmark = { kind: "bookmark", resumeToken: "e:1", serverTimeMs: 0 } as const;

/** Says one thing, and then that it is too late. */
class BreaksOff extends FakeControl {
  override async *watch(): AsyncIterable<WatchMessage> {
    yield bookmark;
    throw new JobControlError({ code: "COMMAND_EXPIRED", message: "Too late" });
  }
}

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.fail("The call was not refused"),
    (error) => ConnectError.from(error),
  );
}

async function readAll<T>(stream: AsyncIterable<T>, messages: T[] = []): Promise<T[]> {
  for await (const message of stream) messages.push(message);
  return messages;
}

describe.each(forms)("Over %s", (form) => {
  it("both services and the health check answer", async () => {
    const control = new FakeControl();
    control.messages = [bookmark, { ...bookmark, resumeToken: "e:2" }];
    await using wire = await WebWire.open(control);
    const jobs = wire.client(JobControlService, form);
    expect(await jobs.start({ jobId: "a", input: { n: 1, text: "ü – 😀" } })).toMatchObject({
      started: true,
    });
    expect(control.asked).toMatchObject([{ jobId: "a", input: { n: 1, text: "ü – 😀" } }]);
    expect(control.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await jobs.getStatus({ jobId: "a" })).toMatchObject({ status: { uid: "u-1", revision: 42n } });
    const tokens = (await readAll(jobs.watchStatus({}))).map(({ resumeToken }) => resumeToken);
    expect(tokens).toEqual(["e:1", "e:2"]);
    const admin = wire.client(AdminService, form);
    expect(await admin.getChannelStats({})).toMatchObject({ stats: { burst: 20 } });
    expect(await readAll(admin.watchChannelStats({}))).toHaveLength(1);
    const health = wire.client(Health, form);
    expect(await health.check({})).toMatchObject({ status: Serving.NOT_SERVING });
    expect(wire.bugs).toEqual([]);
  });

  it.each(errorCodes)("%s is refused with all its details", async (code) => {
    await using wire = await WebWire.open(new RefusingControl());
    const error = await refusal(wire.client(JobControlService, form).getStatus({ jobId: code }));
    expect(error).toMatchObject({ code: statusOf[code], rawMessage: `Refused – 100 %: ${code}` });
    const info = { reason: reasonOf(code), domain: "jobcontrol", metadata: { jobId: code } };
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([info]);
    expect(error.findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "labels.team", description: "is wrong" }] },
    ]);
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([
      { retryDelay: { seconds: 1n, nanos: 500_000_000 } },
    ]);
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("1500");
  });

  it("a stream is refused before its first message, and after it", async () => {
    await using early = await WebWire.open();
    const wrong = readAll(early.client(JobControlService, form).watchStatus({ jobIds: ["not an id"] }));
    expect((await refusal(wrong)).findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "job_ids[0]" }] },
    ]);
    await using late = await WebWire.open(new BreaksOff());
    const messages: unknown[] = [];
    const stream = late.client(JobControlService, form).watchStatus({});
    expect(await refusal(readAll(stream, messages))).toMatchObject({ code: Code.DeadlineExceeded });
    expect(messages).toHaveLength(1);
  });

  it("a fault of ours is INTERNAL, and tells nothing", async () => {
    await using wire = await WebWire.open(new RefusingControl());
    const error = await refusal(wire.client(JobControlService, form).getStatus({ jobId: "a-fault" }));
    expect(error).toMatchObject({ code: Code.Internal, rawMessage: "Internal error" });
    expect(wire.bugs).toEqual([new RangeError("No such error: a-fault")]);
  });

  it("a call that its client gives up is cancelled at once", async () => {
    for (const isStream of [false, true]) {
      const control = new WaitingControl();
      await using wire = await WebWire.open(control);
      const abort = new AbortController();
      const { signal } = abort;
      const client = wire.client(JobControlService, form);
      const call = isStream
        ? readAll(client.watchStatus({}, { signal }))
        : client.getStatus({ jobId: "a" }, { signal });
      const refused = refusal(call);
      await control.begun;
      abort.abort();
      expect(await refused).toMatchObject({ code: Code.Canceled });
      expect(await control.ended).toMatchObject({ code: Code.Canceled });
      await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
    }
  });
});

describe("A deadline of the web", () => {
  it.each([
    [json, `{"jobId": "a"}`, { "connect-timeout-ms": "9999999999" }, 9_999_999_999],
    [proto, "\n\x01a", { "connect-timeout-ms": "60000" }, 60_000],
    [web, "\0\0\0\0\x03\n\x01a", { "grpc-timeout": "99999999H" }, 99_999_999 * 3_600_000],
  ])("reaches the core, however far away it is", async (type, body, headers, timeoutMs) => {
    const control = new WaitingControl();
    await using wire = await WebWire.open(control);
    const abort = new AbortController();
    const { signal } = abort;
    const request = {
      method: "POST",
      headers: { ...type, ...headers } as Record<string, string>,
      body,
      signal,
    };
    const response = fetch(`${wire.url}${pathOf(getStatus)}`, request).catch(() => {});
    const { deadlineMs = 0 } = await control.begun;
    expect(deadlineMs - Date.now()).toBeGreaterThan(timeoutMs - 10_000);
    expect(deadlineMs - Date.now()).toBeLessThanOrEqual(timeoutMs);
    abort.abort();
    await response;
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
  });
});

describe("Plain JSON", () => {
  it("is answered with JSON", async () => {
    await using wire = await WebWire.open();
    const response = await wire.post(getStatus, { jobId: "a" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({
      status: { uid: "u-1", revision: "42" },
      resumeToken: "e:42",
    });
  });

  it("may name its character set, and use the proto's names", async () => {
    await using wire = await WebWire.open();
    const headers = { "content-type": "application/json; charset=utf-8" };
    const response = await wire.postBytes(pathOf(start), `{"job_id": "a", "unknown": 1}`, headers);
    expect(response.status).toBe(200);
    expect(wire.control.asked).toMatchObject([{ jobId: "a" }]);
  });

  it("is refused with an HTTP status and the details as JSON", async () => {
    await using wire = await WebWire.open(new RefusingControl());
    const response = await wire.post(getStatus, { jobId: "JOB_NOT_FOUND" });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: "not_found",
      details: [{ type: "google.rpc.ErrorInfo", debug: { reason: "JOB_NOT_FOUND" } }, {}, {}],
    });
  });

  it.each([
    ["", undefined],
    ["{", undefined],
    ["[]", undefined],
    [`"a"`, undefined],
    [`{"jobId": 5}`, "job_id"],
    [`{"labels": {"a": {}}}`, "labels"],
    [`{"jobId": "\\ud800"}`, undefined],
    [`{"input": {"a": "\\\\\\udc00"}}`, undefined],
    [`{"jobId": "a", "job_id": "b"}`, "job_id"],
    [`{"input": ${"[".repeat(30_000)}`, undefined],
    [`{"input": {"a": ${"[".repeat(30_000)}${"]".repeat(30_000)}}}`, undefined],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), undefined],
  ])("that is wrong is INVALID_ARGUMENT: %s", async (body, field) => {
    await using wire = await WebWire.open();
    const response = await wire.postBytes(pathOf(start), body, json);
    expect(response.status).toBe(400);
    const { code, message, details } = (await response.json()) as Printed;
    expect({ code, message }).toEqual({
      code: "invalid_argument",
      message: "Malformed message: jobcontrol.v1.StartRequest",
    });
    expect(details[0]?.debug).toMatchObject({ reason: "INVALID_FIELD" });
    if (field !== undefined) expect(details[1]?.debug).toMatchObject({ fieldViolations: [{ field }] });
    expect(wire.bugs).toEqual([]);
  });

  it("may have whole characters that it writes as two halves", async () => {
    await using wire = await WebWire.open();
    await wire.postBytes(
      pathOf(start),
      `{"jobId": "a", "input": {"a": "\\ud83d\\ude00", "b": "\\\\ud800"}}`,
      json,
    );
    expect(wire.control.asked).toMatchObject([{ input: { a: "😀", b: "\\ud800" } }]);
  });
});

interface Printed {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly debug: object }[];
}

describe("A request of the web", () => {
  const message = toBinary(GetStatusRequestSchema, create(GetStatusRequestSchema, { jobId: "a" }));
  const bomb = gzipSync(Buffer.alloc(70_000));

  function envelope(flags: number, bytes: Uint8Array, claim = bytes.byteLength): Buffer {
    const head = Buffer.from([flags, 0, 0, 0, 0]);
    head.writeUInt32BE(claim, 1);
    return Buffer.concat([head, bytes]);
  }

  it("may be packed with gzip", async () => {
    await using wire = await WebWire.open();
    const unary = await wire.postBytes(pathOf(getStatus), gzipSync(message), {
      ...proto,
      "content-encoding": "gzip",
    });
    expect(unary.status).toBe(200);
    const headers = { ...web, "grpc-encoding": "gzip" };
    const enveloped = await wire.postBytes(pathOf(getStatus), envelope(1, gzipSync(message)), headers);
    expect(await enveloped.text()).toContain("grpc-status: 0");
    expect(wire.control.asked).toMatchObject([{ jobId: "a" }, { jobId: "a" }]);
  });

  it.each([
    ["is too large", Buffer.alloc(64 * 1024 + 1), proto, 413, "MESSAGE_TOO_LARGE"],
    ["is far too large", Buffer.alloc(2_000_000), proto, 413, "MESSAGE_TOO_LARGE"],
    ["unpacks to too much", bomb, { ...proto, "content-encoding": "gzip" }, 413, "MESSAGE_TOO_LARGE"],
    ["is no gzip", message, { ...proto, "content-encoding": "gzip" }, 400, "INVALID_FIELD"],
    ["is packed otherwise", message, { ...proto, "content-encoding": "br" }, 501, "UNIMPLEMENTED"],
    ["is no such message", Buffer.from([0xff, 1]), proto, 400, "INVALID_FIELD"],
    [
      "has a deadline that is none",
      message,
      { ...proto, "connect-timeout-ms": "soon" },
      400,
      "INVALID_FIELD",
    ],
  ])("that %s is refused, with a reason", async (_, body, headers, status, reason) => {
    await using wire = await WebWire.open();
    const response = await wire.postBytes(pathOf(getStatus), body, headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(((await response.json()) as Printed).details[0]?.debug).toMatchObject({ reason });
    expect(wire.control.asked).toEqual([]);
  });

  it.each([
    ["has no message", Buffer.alloc(0), {}, Code.Unimplemented],
    ["has two messages", Buffer.concat([envelope(0, message), envelope(0, message)]), {}, Code.Unimplemented],
    ["is cut off in its head", Buffer.from([0, 0]), {}, Code.InvalidArgument],
    ["is cut off in its message", envelope(0, message, 100), {}, Code.InvalidArgument],
    ["has unknown flags", envelope(4, message), {}, Code.InvalidArgument],
    ["claims to be too large", envelope(0, message, 2 ** 32 - 1), {}, Code.ResourceExhausted],
    ["is too large", envelope(0, Buffer.alloc(64 * 1024 + 1)), {}, Code.ResourceExhausted],
    ["unpacks to too much", envelope(1, bomb), { "grpc-encoding": "gzip" }, Code.ResourceExhausted],
    ["is packed otherwise", envelope(1, message), { "grpc-encoding": "br" }, Code.Unimplemented],
    ["is packed, and nothing says how", envelope(1, message), {}, Code.InvalidArgument],
    ["is no such message", envelope(0, Buffer.from([0xff, 1])), {}, Code.InvalidArgument],
    ["has a deadline that is none", envelope(0, message), { "grpc-timeout": "1x" }, Code.InvalidArgument],
    ["has no time", envelope(0, message), { "grpc-timeout": "0S" }, Code.DeadlineExceeded],
  ])("in an envelope that %s is refused in its trailers", async (_, body, headers, code) => {
    await using wire = await WebWire.open();
    const response = await wire.postBytes(pathOf(getStatus), body, { ...web, ...(headers as object) });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(`grpc-status: ${code}\r\n`);
    expect(wire.control.asked).toEqual([]);
    expect(wire.bugs).toEqual([]);
  });

  it.each([
    [pathOf(getStatus), "text/plain"],
    [pathOf(getStatus), "application/x-www-form-urlencoded"],
    [pathOf(getStatus), "multipart/form-data; boundary=x"],
    [pathOf(getStatus), "application/connect+json"],
    [pathOf(getStatus), "application/grpc-web-text"],
    [pathOf(getStatus), "application/grpc"],
    [pathOf(watchStatus), "application/json"],
  ])("of %s with the content type %s is told what it could be", async (path, contentType) => {
    await using wire = await WebWire.open();
    const response = await wire.postBytes(path, "{}", { "content-type": contentType });
    expect(response.status).toBe(415);
    expect(response.headers.get("accept-post")).toContain("application/grpc-web+proto");
    expect(wire.control.asked).toEqual([]);
  });

  it("changes and reads nothing unless it is a POST", async () => {
    await using wire = await WebWire.open();
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      const query = "?encoding=json&message=%7B%22jobId%22%3A%22a%22%7D";
      const response = await fetch(`${wire.url}${pathOf(getStatus)}${query}`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    }
    expect(wire.control.asked).toEqual([]);
  });

  it("for a method or a service that there is not is UNIMPLEMENTED", async () => {
    await using wire = await WebWire.open();
    for (const path of ["/jobcontrol.v1.JobControlService/Nope", "/no.Such/Thing"]) {
      const response = await wire.postBytes(path, "{}", json);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "unimplemented" });
      expect(await (await wire.postBytes(path, "", web)).text()).toContain("grpc-status: 12");
    }
  });

  it("for a method that needs both directions at once is told so", async () => {
    await using wire = await WebWire.open();
    const path = pathOf(ServerReflection.method.serverReflectionInfo);
    const response = await wire.postBytes(path, "", { "content-type": "application/connect+json" });
    expect(response.status).toBe(505);
  });
});
