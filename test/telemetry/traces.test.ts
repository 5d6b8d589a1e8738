import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { beforeEach, describe, expect, it } from "vitest";
import { StartRequest_ConflictPolicy as ConflictPolicy } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { createJobControl } from "../../src/index.ts";
import { backupStore } from "../../src/server/store-files.ts";
import { quietLog } from "../interop/test-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { idsOf, linksOf, RecordedSpans, traceparentOf } from "./recorded-spans.ts";
import { Kind, TracedServer, tracedConfig } from "./traced-server.ts";

const service = "jobcontrol.v1.JobControlService";
const spans = new RecordedSpans();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const caller = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
/** One token, and then none for a long time. */
const slow = { perSecond: 0.001, burst: 1 };

beforeEach(() => spans.forget());

describe("The trace of a Start", () => {
  it("goes from its caller over the call to the command, and by a link to the run", async () => {
    await using server = await TracedServer.start();
    const span = trace.getTracer("test").startSpan("caller");
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(context.active(), span), headers);
    const { receipt, status } = await server.jobs.start({ jobId: "greet" }, { headers });
    await server.ended("greet");
    const [call, command, run] = [`${service}/Start`, "command start", "run greet"].map((name) =>
      spans.only(name),
    );
    expect(call).toMatchObject({
      kind: SpanKind.SERVER,
      parentSpanContext: { ...idsOf(span), isRemote: true },
    });
    expect(call?.attributes).toEqual({
      "rpc.system": "grpc",
      "rpc.service": service,
      "rpc.method": "Start",
      "rpc.grpc.status_code": 0,
    });
    expect(command?.parentSpanContext).toMatchObject(idsOf(call));
    expect(command?.attributes).toEqual({
      "jobcontrol.command.id": receipt?.commandId,
      "jobcontrol.lane": "normal",
      "jobcontrol.job.id": "greet",
      "jobcontrol.job.type": "greet",
      "jobcontrol.run.id": status?.currentRun?.runId,
      "jobcontrol.command.outcome": "applied",
      "jobcontrol.command.space_wait_ms": 0,
      "jobcontrol.command.queue_wait_ms": expect.any(Number),
      "jobcontrol.command.token_wait_ms": 0,
    });
    expect(run?.parentSpanContext).toBeUndefined();
    expect(idsOf(run).traceId).not.toBe(idsOf(call).traceId);
    expect(linksOf(run)).toEqual([idsOf(command)]);
    expect(run?.attributes).toEqual({
      "jobcontrol.job.id": "greet",
      "jobcontrol.job.type": "greet",
      "jobcontrol.run.id": status?.currentRun?.runId,
      "jobcontrol.command.id": receipt?.commandId,
      "jobcontrol.run.attempt": 1,
      "jobcontrol.run.result": "succeeded",
    });
    expect(run?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it("begins with the call where the caller's header is malformed", async () => {
    await using server = await TracedServer.start();
    for (const traceparent of ["00-xyz", `00-${"0".repeat(32)}-b7ad6b7169203331-01`, "\t", "é".repeat(50)])
      await server.jobs.listJobs({}, { headers: { traceparent: encodeURIComponent(traceparent) } });
    expect(spans.names).toEqual(Array(4).fill(`${service}/ListJobs`));
    for (const { parentSpanContext } of spans.all) expect(parentSpanContext).toBeUndefined();
  });

  it("is not recorded where its caller says so; the run is, and still leads to the caller's trace", async () => {
    await using server = await TracedServer.start();
    const headers = { traceparent: caller.traceparent.replace(/01$/, "00"), tracestate: "vendor=some" };
    await server.jobs.start({ jobId: "greet" }, { headers });
    await server.ended("greet");
    const run = spans.only("run greet");
    expect(spans.names).not.toContain(`${service}/Start`);
    expect(spans.names).not.toContain("command start");
    expect(run.links).toMatchObject([{ context: { traceId, traceFlags: 0, isRemote: true } }]);
    expect(run.links[0]?.context.traceState?.serialize()).toBe("vendor=some");
  });

  it("comes again with the same request id as the same request", async () => {
    await using server = await TracedServer.start();
    const request = { jobId: "greet", requestId: "once" };
    await server.jobs.start(request, { headers: caller });
    const { receipt } = await server.jobs.start(request);
    expect(receipt?.replayed).toBe(true);
    expect(spans.only("command start").spanContext().traceId).toBe(traceId);
  });

  it("tells what became of a command that was never applied", async () => {
    const server = await TracedServer.start({ rate: slow });
    await server.jobs.start({ jobId: "greet" });
    spans.forget();
    await server.accept("forever", caller);
    expect(spans.names).toEqual([`${service}/Start`]);
    await server[Symbol.asyncDispose]();
    const command = spans.only("command start");
    expect(command.attributes).toMatchObject({
      "jobcontrol.job.id": "forever",
      "jobcontrol.command.outcome": "drained",
    });
    expect(command.attributes["jobcontrol.command.queue_wait_ms"]).toBeGreaterThan(0);
    expect(command.spanContext().traceId).toBe(traceId);
  });

  it("tells why a call was refused, which is no error of the server's", async () => {
    await using server = await TracedServer.start();
    await expect(server.jobs.start({ jobId: "nobody" })).rejects.toMatchObject({ code: Code.NotFound });
    const call = spans.only(`${service}/Start`);
    expect(call.attributes["rpc.grpc.status_code"]).toBe(Code.NotFound);
    expect(call.status.code).toBe(SpanStatusCode.UNSET);
    expect(spans.only("command start").attributes["jobcontrol.command.outcome"]).toBe("rejected");
  });
});

describe("The trace of a run", () => {
  it("is linked to a command that was accepted before a crash, and applied after it", async () => {
    await using folder = await TemporaryFolder.create();
    const file = join(folder.path, "jobs.db");
    await using before = await TracedServer.start({ store: `sqlite:${file}`, rate: slow });
    await before.jobs.start({ jobId: "forever" });
    const commandId = await before.accept("greet", caller);
    const call = spans.all.findLast(({ name }) => name === `${service}/Start`);
    // What a server that is killed now leaves behind.
    await backupStore(file, join(folder.path, "left.db"));
    spans.forget();
    await using after = await TracedServer.start({ store: `sqlite:${join(folder.path, "left.db")}` });
    await after.ended("greet");
    const command = spans.only("command start");
    expect(command.attributes["jobcontrol.command.id"]).toBe(commandId);
    expect(command.parentSpanContext).toMatchObject(idsOf(call));
    expect(linksOf(spans.only("run greet"))).toEqual([idsOf(command)]);
  });

  it("is linked to the Start that had to wait for a slot, and not to the Stop that made room", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "first", jobType: "alone" });
    await server.jobs.start({ jobId: "second", jobType: "alone" }, { headers: caller });
    const started = spans.all.filter(({ name }) => name === "command start");
    await server.jobs.stop({ jobId: "first", wait: true });
    await server.jobs.stop({ jobId: "second", wait: true });
    const runs = spans.all.filter(({ name }) => name === "run alone");
    expect(runs.map(linksOf)).toEqual(started.map((command) => [idsOf(command)]));
    expect(runs.map(({ attributes }) => attributes["jobcontrol.run.result"])).toEqual(["stopped", "stopped"]);
    expect(runs.map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
  });

  it("is linked to the Start that replaced the run before", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "forever" });
    await server.jobs.start(
      { jobId: "forever", conflictPolicy: ConflictPolicy.REPLACE },
      { headers: caller },
    );
    await server.jobs.stop({ jobId: "forever", wait: true });
    const runs = spans.all.filter(({ name }) => name === "run forever");
    const started = spans.all.filter(({ name }) => name === "command start");
    expect(runs.map(linksOf)).toEqual(started.map((command) => [idsOf(command)]));
  });

  it("has a link where a Start began it, and none where the schedule did", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "often" });
    await server.hasRun("often", 2);
    const [first, second] = spans.all.filter(({ name }) => name === "run often");
    expect(linksOf(first)).toEqual([idsOf(spans.only("command start"))]);
    expect(linksOf(second)).toEqual([]);
    expect(second?.attributes).not.toHaveProperty("jobcontrol.command.id");
  });

  it("tells every attempt, and how it failed in the end", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "fails" });
    await server.ended("fails");
    const run = spans.only("run fails");
    expect(run.events.map(({ name, attributes }) => [name, attributes?.["jobcontrol.run.attempt"]])).toEqual([
      ["attempt", 1],
      ["attempt failed", 1],
      ["attempt", 2],
    ]);
    expect(run.status).toEqual({ code: SpanStatusCode.ERROR, message: "RangeError: no such customer" });
    expect(run.attributes).toMatchObject({ "error.type": "THREW", "jobcontrol.run.attempt": 2 });
  });

  it("is what a function sees as active, and its context has the same", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "traced" });
    await server.ended("traced");
    const run = spans.only("run traced");
    expect(spans.only("step").parentSpanContext).toMatchObject(idsOf(run));
    expect(await resultOf(server, "traced")).toEqual({ traceparent: traceparentOf(run) });
  });

  it("is told to a thread", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "thread" });
    await server.ended("thread");
    const traceparent = traceparentOf(spans.only("run thread"));
    expect(await resultOf(server, "thread")).toEqual({ traceparent });
  });

  it("is told to a process in its environment, with nothing of the caller's", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "program" }, { headers: { ...caller, tracestate: "vendor=some" } });
    const status = await server.ended("program");
    const run = spans.only("run program");
    expect(status?.message).toBe(`${traceparentOf(run)} undefined`);
    expect(run.attributes["process.exit.code"]).toBe(0);
  });
});

describe("The trace of a watch", () => {
  it("is over when the watch is open", async () => {
    await using server = await TracedServer.start();
    const call = new AbortController();
    const options = { headers: caller, signal: call.signal };
    for await (const { kind } of server.jobs.watchStatus({ jobIds: ["greet"] }, options)) {
      if (kind !== Kind.SNAPSHOT_END) continue;
      const span = spans.only(`${service}/WatchStatus`);
      expect(span.attributes["rpc.grpc.status_code"]).toBe(0);
      expect(spans.only("command watch").parentSpanContext).toMatchObject(idsOf(span));
      break;
    }
    call.abort();
  });

  it("is over when a watch of output waits for its first line", async () => {
    await using server = await TracedServer.start();
    await server.jobs.start({ jobId: "forever" });
    const call = new AbortController();
    const lines = server.jobs.watchOutput({ jobId: "forever", follow: true }, { signal: call.signal });
    const first = lines[Symbol.asyncIterator]().next();
    await expect.poll(() => spans.names).toContain(`${service}/WatchOutput`);
    call.abort();
    await expect(first).rejects.toMatchObject({ code: Code.Canceled });
  });

  it("tells why it was refused", async () => {
    await using server = await TracedServer.start();
    const refused = server.jobs.watchStatus({ resumeToken: "?" })[Symbol.asyncIterator]().next();
    await expect(refused).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(spans.only(`${service}/WatchStatus`).attributes["rpc.grpc.status_code"]).toBe(
      Code.InvalidArgument,
    );
  });
});

describe("A call inside of the process", () => {
  it("belongs to the span that is active there", async () => {
    await using jobcontrol = await createJobControl(tracedConfig, { log: quietLog });
    const tracer = trace.getTracer("test");
    const span = await tracer.startActiveSpan("caller", async (caller) => {
      await jobcontrol.jobs.start({ jobId: "forever" });
      return caller;
    });
    const call = spans.only(`${service}/Start`);
    expect(call.parentSpanContext).toMatchObject({ spanId: span.spanContext().spanId });
    expect(call.attributes["rpc.system"]).toBe("connect_rpc");
  });
});

async function resultOf({ jobs }: TracedServer, jobId: string) {
  return (await jobs.getStatus({ jobId, includeResult: true })).status?.result;
}
