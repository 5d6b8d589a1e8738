import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { idsOf, linksOf, RecordedSpans } from "./recorded-spans.ts";
import { TracedServer } from "./traced-server.ts";

const service = "jobcontrol.v1.JobControlService";
const spans = new RecordedSpans();
const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const headers = { traceparent: `00-${parent.traceId}-${parent.spanId}-01`, tracestate: "vendor=some" };

let server: TracedServer;

beforeAll(async () => {
  server = await TracedServer.start();
});
beforeEach(() => spans.forget());
afterAll(() => server[Symbol.asyncDispose]());

const protocols: readonly [string, (baseUrl: string) => Transport, object][] = [
  [
    "gRPC",
    (baseUrl) => createGrpcTransport({ baseUrl }),
    { "rpc.system": "grpc", "rpc.grpc.status_code": 0 },
  ],
  [
    "gRPC-Web",
    (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    { "rpc.system": "grpc", "rpc.grpc.status_code": 0 },
  ],
  [
    "Connect",
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    { "rpc.system": "connect_rpc" },
  ],
  [
    "plain JSON",
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
    { "rpc.system": "connect_rpc" },
  ],
];

describe.each(protocols)("A caller's trace over %s", (name, transport, attributes) => {
  const jobs = () => createClient(JobControlService, transport(`http://${server.server.address}`));
  const jobId = `greet-${name.replaceAll(/\W/g, "-")}`;

  it("goes on in the call and its command, and the run is linked to it", async () => {
    await jobs().start({ jobId, jobType: "greet" }, { headers });
    await server.ended(jobId);
    const call = spans.only(`${service}/Start`);
    expect(call.parentSpanContext).toMatchObject({ ...parent, isRemote: true });
    expect(call.spanContext().traceState?.serialize()).toBe("vendor=some");
    expect(call.attributes).toMatchObject(attributes);
    const command = spans.only("command start");
    expect(command.parentSpanContext).toMatchObject(idsOf(call));
    expect(linksOf(spans.only("run greet"))).toEqual([idsOf(command)]);
  });

  it("tells a refusal in the words of its protocol", async () => {
    await expect(jobs().getStatus({ jobId: "nobody" }, { headers })).rejects.toThrow("No such job");
    const { attributes } = spans.only(`${service}/GetStatus`);
    expect(attributes["rpc.grpc.status_code"] ?? attributes["rpc.connect_rpc.error_code"]).toBe(
      attributes["rpc.system"] === "grpc" ? 5 : "not_found",
    );
  });

  it("has no span that goes on as long as a watch does", async () => {
    const call = new AbortController();
    for await (const { kind: _kind } of jobs().watchStatus({}, { headers, signal: call.signal })) {
      await expect.poll(() => spans.names).toContain(`${service}/WatchStatus`);
      break;
    }
    expect(spans.only(`${service}/WatchStatus`).parentSpanContext).toMatchObject(parent);
    call.abort();
  });
});
