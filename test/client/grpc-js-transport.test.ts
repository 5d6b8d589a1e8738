import { credentials, Client as GrpcClient } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { createGrpcJsTransport } from "../../src/client/grpc-js/index.ts";
import { createClientOn, describeFailure } from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";

/** What all transports have in common is in `transports.test.ts`. */
describe("createGrpcJsTransport()", () => {
  it("keeps the failure of a stream for who looks later", async () => {
    await using server = new JobControlServer(testConfiguration(), { log: quietLog });
    using opened = new DisposableStack();
    const channel = new GrpcClient(`127.0.0.1:${await server.start()}`, credentials.createInsecure());
    opened.adopt(channel, () => channel.close());
    const client = createClientOn(createGrpcJsTransport(channel));
    const messages = client.jobs.watchStatus({ jobIds: ["-"] })[Symbol.asyncIterator]();
    await client.start({ jobId: "sum", input: { numbers: [] } }, { wait: true });
    const failure = messages.next().then(() => expect.unreachable("It has succeeded"), describeFailure);
    expect(await failure).toMatchObject({ reason: "INVALID_FIELD" });
  });

  it("sends headers, bytes among them", async () => {
    const sent: unknown[] = [];
    const refuse = (_path: string, ...[, , , metadata, , callback]: unknown[]) => {
      sent.push(metadata);
      (callback as (error: Error) => void)(new Error("no"));
      return { cancel: () => {} };
    };
    const transport = createGrpcJsTransport({
      makeUnaryRequest: refuse as unknown as GrpcClient["makeUnaryRequest"],
      makeServerStreamRequest: () => expect.unreachable(),
    });
    const headers = { "x-text": "text", "x-some-bin": Buffer.from([0, 255]).toString("base64") };
    await createClientOn(transport)
      .jobs.listJobs({}, { headers })
      .catch(() => {});
    const [metadata] = sent as { get(name: string): unknown }[];
    expect(metadata?.get("x-text")).toEqual(["text"]);
    expect(metadata?.get("x-some-bin")).toEqual([Buffer.from([0, 255])]);
  });
});
