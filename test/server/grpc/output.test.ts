import { once } from "node:events";
import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import {
  JobControlService,
  type WatchOutputResponse,
  WatchOutputResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { OutputLine_Source as Source } from "../../../gen/jobcontrol/v1/output_pb.ts";
import { Harness } from "../../control/core-harness.ts";
import { FakeControl } from "../../rpc/sample.ts";
import { Wire } from "./wire.ts";

const { watchOutput, getStatus } = JobControlService.method;

/** A job that runs in a real core, whose output is served over the wire. */
async function served(): Promise<{ harness: Harness; wire: Wire } & AsyncDisposable> {
  const harness = await Harness.start({ types: [{ name: "a" }] });
  await harness.start("a");
  const control = new FakeControl();
  control.watchOutput = (request, call) => harness.control.watchOutput(request, call);
  const wire = await Wire.open(control);
  return {
    harness,
    wire,
    async [Symbol.asyncDispose]() {
      await wire[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

async function all(responses: AsyncIterable<WatchOutputResponse>): Promise<WatchOutputResponse[]> {
  const seen: WatchOutputResponse[] = [];
  for await (const response of responses) seen.push(response);
  return seen;
}

function textsOf(responses: readonly WatchOutputResponse[]): string[] {
  return responses.flatMap(({ lines }) => lines.map(({ text }) => text));
}

describe("WatchOutput on the wire", () => {
  it("brings the lines that there are, and then OK", async () => {
    await using test = await served();
    const run = test.harness.runner.of("a");
    run.write("one", "  zwei €");
    const responses = await all(test.wire.connect(JobControlService).watchOutput({ jobId: "a" }));
    const line = { source: Source.STDOUT, runId: run.request.runId, time: { seconds: 1_767_225_600n } };
    expect(responses).toMatchObject([
      {
        lines: [
          { ...line, text: "one" },
          { ...line, text: "  zwei €" },
        ],
        dropped: 0n,
      },
    ]);
  });

  it("follows the run to its end, and then OK", async () => {
    await using test = await served();
    const run = test.harness.runner.of("a");
    const stream = test.wire.grpcJs().stream(watchOutput, { jobId: "a", follow: true });
    const texts: string[] = [];
    stream.on("data", (bytes: Buffer) => {
      texts.push(...textsOf([fromBinary(WatchOutputResponseSchema, bytes)]));
    });
    run.write("one");
    await once(stream, "data");
    run.write("two");
    run.succeed();
    const ended = once(stream, "end");
    await test.harness.clock.advance(5);
    await ended;
    expect(texts).toEqual(["one", "two"]);
    expect(test.wire.bugs).toEqual([]);
  });

  it("lets go of the run when the caller cancels", async () => {
    await using test = await served();
    const caller = new AbortController();
    test.harness.runner.of("a").write("one");
    const responses = test.wire
      .connect(JobControlService)
      .watchOutput({ jobId: "a", follow: true }, { signal: caller.signal });
    for await (const { lines } of responses) {
      expect(lines).toHaveLength(1);
      break;
    }
    expect(test.wire.server.callsInFlight).toBe(1);
    caller.abort();
    await test.wire.connect(JobControlService).getStatus({ jobId: "a" });
    expect(test.wire.server.callsInFlight).toBe(0);
  });

  it("holds little for a client that does not read, and tells it what it missed", async () => {
    await using test = await served();
    const { harness, wire } = test;
    const run = harness.runner.of("a");
    let pulled = 0;
    wire.control.watchOutput = async function* (request, call) {
      for await (const batch of harness.control.watchOutput(request, call)) {
        pulled++;
        yield batch;
      }
    };
    let end = 0;
    const write = (count: number) => {
      run.write(...Array.from({ length: count }, () => `${end++} ${"x".repeat(100)}`));
    };
    write(9000);
    const stream = wire.grpcJs().stream(watchOutput, { jobId: "a", follow: true });
    const responses: WatchOutputResponse[] = [];
    const read = (bytes: Buffer) => responses.push(fromBinary(WatchOutputResponseSchema, bytes));
    await once(stream.on("data", read), "data");
    stream.pause();
    const others = wire.grpcJs();
    for (let i = 0; i < 100; i++) await others.call(getStatus, { jobId: "a" });
    const pulledUnread = pulled;
    expect(pulledUnread).toBeLessThan(70);
    for (let i = 0; i < 20; i++) {
      write(1000);
      await others.call(getStatus, { jobId: "a" });
    }
    expect(pulled).toBe(pulledUnread);

    run.succeed();
    await harness.settle();
    stream.resume();
    await once(stream, "end");
    let place = 0;
    for (const { lines, dropped } of responses) {
      place += Number(dropped);
      for (const { text } of lines) expect(text.startsWith(`${place++} `)).toBe(true);
    }
    expect(place).toBe(29_000);
    expect(textsOf(responses).length).toBeLessThan(20_000);
  });

  it("refuses a run that there was not, and a tail that can be none", async () => {
    await using test = await served();
    const client = test.wire.connect(JobControlService);
    const refused = async (request: { runId?: string; tail?: number }) =>
      ConnectError.from(await all(client.watchOutput({ jobId: "a", ...request })).catch((error) => error));
    const unknown = await refused({ runId: "r-1" });
    expect(unknown.code).toBe(Code.NotFound);
    expect(unknown.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "RUN_NOT_FOUND", metadata: { jobId: "a", runId: "r-1" } },
    ]);
    const negative = await refused({ tail: -1 });
    expect(negative.code).toBe(Code.InvalidArgument);
    expect(negative.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: [{ field: "tail" }] }]);
  });
});
