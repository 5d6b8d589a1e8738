import { Code, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { TcpListener } from "../../src/server/port/tcp-listener.ts";
import { callers, fieldOf } from "./callers.ts";
import { quietLog, testConfiguration } from "./test-server.ts";

/** The same story, on one port, to clients of every protocol: what is told may not depend on the way. */
const { start, stop, pause, getStatus, listJobs, listRuns, getCommand, watchStatus, watchOutput } =
  JobControlService.method;
const { getChannelStats } = AdminService.method;

let server: JobControlServer;
let url: string;

beforeAll(async () => {
  server = new JobControlServer(testConfiguration(), { log: quietLog });
  url = `http://127.0.0.1:${await server.start()}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe.each(Object.keys(callers))("One port, by %s", (name) => {
  const caller = () => callers[name]?.(url) ?? expect.fail("No such caller");
  const jobId = `job-${name.replaceAll(/\W+/g, "-")}`;

  it("starts a job, watches it, stops it and takes the watch up again", async () => {
    const { unary, stream } = caller();
    const requestId = `request-${jobId}`;
    const input = { text: "ü 😀", list: [1, null] };
    const started = await unary(start, {
      jobId,
      jobType: "forever",
      input,
      requestId,
      labels: { name: jobId },
    });
    expect(started).toMatchObject({ started: true, receipt: { outcome: "OUTCOME_APPLIED" } });
    const again = await unary(start, {
      jobId,
      jobType: "forever",
      input,
      requestId,
      labels: { name: jobId },
    });
    expect(again).toMatchObject({ started: true, receipt: { replayed: true } });
    expect(await unary(getStatus, { jobId, includeInput: true })).toMatchObject({
      status: { state: "JOB_STATE_RUNNING", isRunning: true, input },
    });
    expect(await unary(listJobs, { labelSelector: { name: jobId } })).toMatchObject({ jobs: [{ jobId }] });
    expect(await unary(listRuns, { jobId })).toMatchObject({ runs: [{ attempt: 1 }] });
    expect(await unary(getCommand, { requestId })).toMatchObject({ receipt: { requestId } });

    const begin = { jobIds: [jobId], until: "UNTIL_SNAPSHOT_END" };
    const { messages, refusal } = await stream(watchStatus, begin);
    expect(refusal).toBeUndefined();
    expect(messages.map(({ kind }) => kind)).toEqual(["KIND_SNAPSHOT", "KIND_SNAPSHOT_END", "KIND_CLOSING"]);
    const resumeToken = fieldOf(messages.at(-1), "resumeToken") ?? "";
    expect(await unary(stop, { jobId, wait: true })).toMatchObject({
      status: { state: "JOB_STATE_STOPPED" },
    });
    const resumed = await stream(watchStatus, { ...begin, resumeToken });
    expect(resumed.messages.map(({ kind }) => kind)).toEqual([
      "KIND_CHANGED",
      "KIND_SNAPSHOT_END",
      "KIND_CLOSING",
    ]);
    expect(resumed.messages[0]).toMatchObject({ previousState: "JOB_STATE_RUNNING" });
    expect((await stream(watchOutput, { jobId })).refusal).toBeUndefined();
  });

  it("reads the operator's figures", async () => {
    expect(await caller().unary(getChannelStats, {})).toMatchObject({ stats: { fullMode: "wait" } });
  });

  it("is told why it is refused", async () => {
    const { unary, stream } = caller();
    await expect(unary(getStatus, { jobId: "nobody" })).rejects.toMatchObject({
      code: "not_found",
      reason: "JOB_NOT_FOUND",
    });
    await expect(unary(pause, { jobId: "sum" })).rejects.toMatchObject({
      code: "failed_precondition",
      reason: "WRONG_STATE",
    });
    await expect(unary(start, { jobId: "no id" })).rejects.toMatchObject({ reason: "INVALID_FIELD" });
    const { refusal } = await stream(watchStatus, { resumeToken: "no token" });
    expect(refusal).toMatchObject({ code: "invalid_argument", reason: "INVALID_FIELD" });
  });
});

describe("One port that drains", () => {
  it("lets the watches of every protocol tell their last, and closes them all", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const url = `http://127.0.0.1:${await server.start()}`;
    const watches = Object.values(callers).map((create) =>
      create(url).stream(watchStatus, { jobIds: ["sum"] }),
    );
    const client = callers["grpc-js"]?.(url) ?? expect.fail("No such caller");
    const watchers = async () => fieldOf(await client.unary(getChannelStats, {}), "stats", "watchers");
    await expect.poll(watchers).toBe(Object.keys(callers).length);
    await server.drain();
    for (const { messages, refusal } of await Promise.all(watches)) {
      expect(refusal).toMatchObject({ code: "unavailable", reason: "DRAINING" });
      expect(messages.at(-1)).toMatchObject({ kind: "KIND_CLOSING", closeReason: "CLOSE_REASON_DRAINING" });
    }
    const free = new TcpListener(() => {});
    expect(await free.listen({ host: "127.0.0.1", port: Number(new URL(url).port) })).toBeGreaterThan(0);
    free.close();
  });

  it("ends the operator's watches too", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const transport = createGrpcWebTransport({
      baseUrl: `http://127.0.0.1:${await server.start()}`,
      httpVersion: "1.1",
    });
    const figures = createClient(AdminService, transport).watchChannelStats({ interval: { seconds: 60n } });
    const iterator = figures[Symbol.asyncIterator]();
    await iterator.next();
    const drained = server.drain();
    await iterator.next();
    await expect(iterator.next()).rejects.toMatchObject({ code: Code.Unavailable });
    await drained;
  });
});

describe("One port's health pages", () => {
  it("agree with grpc.health.v1, from the start to the drain", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const url = `http://127.0.0.1:${await server.start()}`;
    const livez = await fetch(`${url}/livez`);
    expect([livez.status, await livez.text()]).toEqual([200, "ok\n"]);
    const readyz = await fetch(`${url}/readyz?verbose`);
    expect(readyz.status).toBe(200);
    expect(await readyz.text()).toBe(
      "[+] serving: ok\n[+] consumer: ok\n[+] store: ok\n[+] channel: ok\nok\n",
    );
    const health = await fetch(`${url}/grpc.health.v1.Health/Check`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(await health.json()).toEqual({ status: "SERVING" });
    await server.drain();
    await expect(fetch(`${url}/readyz`)).rejects.toThrow("fetch failed");
  });
});

describe("One port's metrics", () => {
  it("are Prometheus' text, and tell of the commands of every protocol", async () => {
    await using server = new JobControlServer(testConfiguration(), { log: quietLog });
    const url = `http://127.0.0.1:${await server.start()}`;
    for (const name of ["grpc-js", "curl"]) {
      const { unary } = callers[name]?.(url) ?? expect.fail("No such caller");
      await unary(start, { jobId: name, jobType: "sum", input: { numbers: [] } });
    }
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=/);
    expect(await response.text()).toContain(
      'jobcontrol_commands_total{kind="start",lane="normal",outcome="applied"} 2\n',
    );
  });
});
