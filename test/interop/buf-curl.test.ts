import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { Wire } from "../server/grpc/wire.ts";
import { RefusingControl } from "./refusing-server.ts";
import { quietLog, testConfiguration } from "./test-server.ts";

/**
 * A client that nobody here wrote: it learns the services by reflection alone, and speaks gRPC in its own way.
 */
const run = promisify(execFile);

let server: JobControlServer;
let url: string;

beforeAll(async () => {
  server = new JobControlServer(testConfiguration(), { log: quietLog });
  url = `http://127.0.0.1:${await server.start()}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function curl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("node_modules/.bin/buf", [
    "curl",
    "--protocol",
    "grpc",
    "--http2-prior-knowledge",
    ...args,
  ]);
  return stdout;
}

async function call(method: string, request: object = {}, at = url): Promise<Record<string, unknown>[]> {
  const stdout = await curl("-d", JSON.stringify(request), `${at}/${method}`);
  return stdout === "" ? [] : JSON.parse(`[${stdout.replaceAll(/\}\s*\{/g, "},{")}]`);
}

/** What a refused call prints: code, message, and the details, which are decoded here. */
async function refusal(method: string, request: object, at = url) {
  const failed: unknown = await call(method, request, at).catch((error: unknown) => error);
  const { stderr } = failed as { stderr: string };
  const { code, message, details } = JSON.parse(stderr) as Printed;
  return { code, message, details: details.map(decoded) };
}

interface Printed {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly type: string; readonly value: string }[];
}

function decoded({ type, value }: Printed["details"][number]): object {
  const schema = detailSchemas.find(({ typeName }) => typeName === type);
  if (schema === undefined) throw new TypeError(`Unexpected detail: ${type}`);
  return toJson(schema, fromBinary(schema, Buffer.from(value, "base64"))) as object;
}

const detailSchemas = [ErrorInfoSchema, BadRequestSchema, RetryInfoSchema];

describe("buf curl", () => {
  it("lists every service, and every method of them", async () => {
    expect((await curl("--list-services", url)).trim().split("\n")).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "jobcontrol.v1.AdminService",
      "jobcontrol.v1.JobControlService",
    ]);
    const methods = (await curl("--list-methods", url)).trim().split("\n");
    expect(methods).toContain("jobcontrol.v1.JobControlService/WatchStatus");
    expect(methods).toContain("jobcontrol.v1.AdminService/Drain");
    expect(methods).toHaveLength(20);
  });

  it("asks for the health of the service", async () => {
    expect(await call("grpc.health.v1.Health/Check")).toEqual([{ status: "SERVING" }]);
    const request = { service: "jobcontrol.v1.JobControlService" };
    expect(await call("grpc.health.v1.Health/Check", request)).toEqual([{ status: "SERVING" }]);
    expect(await call("grpc.health.v1.Health/List")).toMatchObject([
      { statuses: { "": { status: "SERVING" } } },
    ]);
  });

  it("starts a job, watches it to its end, and reads what came of it", async () => {
    const [started] = await call("jobcontrol.v1.JobControlService/Start", {
      jobId: "sum",
      input: { numbers: [1, 2, 3] },
    });
    expect(started).toMatchObject({ started: true, receipt: { outcome: "OUTCOME_APPLIED" } });
    const watch = { jobIds: ["sum"], until: "UNTIL_ALL_SETTLED" };
    const messages = await call("jobcontrol.v1.JobControlService/WatchStatus", watch);
    expect(messages.at(-1)).toMatchObject({ kind: "KIND_CLOSING", closeReason: "CLOSE_REASON_UNTIL_MET" });
    const read = { jobId: "sum", includeInput: true, includeResult: true };
    expect(await call("jobcontrol.v1.JobControlService/GetStatus", read)).toMatchObject([
      { status: { state: "JOB_STATE_SUCCEEDED", input: { numbers: [1, 2, 3] }, result: { sum: 6 } } },
    ]);
  });

  it("lists the runs of a job, and asks what became of a command", async () => {
    const start = { jobId: "sum", input: { numbers: [] }, requestId: "curl-1" };
    const [{ receipt } = {}] = await call("jobcontrol.v1.JobControlService/Start", start);
    const command = await call("jobcontrol.v1.JobControlService/GetCommand", { requestId: "curl-1" });
    expect(command).toEqual([{ receipt }]);
    const [list] = await call("jobcontrol.v1.JobControlService/ListRuns", { jobId: "sum", pageSize: 1 });
    expect(list).toMatchObject({ runs: [{ attempt: 1 }] });
  });

  it("reads the figures of the channel", async () => {
    const [response] = await call("jobcontrol.v1.AdminService/GetChannelStats");
    expect(response).toMatchObject({ stats: { fullMode: "wait", capacity: 400 } });
  });

  it("stops a job that would never end, waits for it, and takes a watch up again by its token", async () => {
    await call("jobcontrol.v1.JobControlService/Start", { jobId: "forever", labels: { team: "red" } });
    const [list] = await call("jobcontrol.v1.JobControlService/ListJobs", { labelSelector: { team: "red" } });
    expect(list).toMatchObject({ jobs: [{ jobId: "forever", state: "JOB_STATE_RUNNING", isRunning: true }] });
    const begin = { jobIds: ["forever"], until: "UNTIL_SNAPSHOT_END" };
    const [closing] = (await call("jobcontrol.v1.JobControlService/WatchStatus", begin)).slice(-1);
    const [stopped] = await call("jobcontrol.v1.JobControlService/Stop", { jobId: "forever", wait: true });
    expect(stopped).toMatchObject({
      status: { state: "JOB_STATE_STOPPED", desiredState: "DESIRED_STATE_STOPPED" },
    });
    const { resumeToken } = closing ?? {};
    const resume = { ...begin, resumeToken };
    const messages = await call("jobcontrol.v1.JobControlService/WatchStatus", resume);
    expect(messages.map(({ kind }) => kind)).toEqual(["KIND_CHANGED", "KIND_SNAPSHOT_END", "KIND_CLOSING"]);
    expect(messages[0]).toMatchObject({
      status: { state: "JOB_STATE_STOPPED" },
      previousState: "JOB_STATE_RUNNING",
    });
  });

  it("is told what is wrong with a request, field by field", async () => {
    expect(await refusal("jobcontrol.v1.JobControlService/GetStatus", { jobId: "not an id" })).toMatchObject({
      code: "invalid_argument",
      details: [
        { reason: "INVALID_FIELD", domain: "jobcontrol" },
        { fieldViolations: [{ field: "job_id" }] },
      ],
    });
    expect(await refusal("jobcontrol.v1.JobControlService/Pause", { jobId: "sum" })).toMatchObject({
      code: "failed_precondition",
    });
    expect(await refusal("jobcontrol.v1.JobControlService/GetCommand", { requestId: "r-1" })).toMatchObject({
      code: "not_found",
      details: [{ reason: "COMMAND_NOT_FOUND" }],
    });
    expect(await refusal("jobcontrol.v1.AdminService/UpdateLimits", { burst: 0 })).toMatchObject({
      code: "invalid_argument",
      details: [{ reason: "INVALID_FIELD" }, { fieldViolations: [{ field: "burst" }] }],
    });
  });

  it("reads an error with everything that it can have", async () => {
    await using wire = await Wire.open(new RefusingControl());
    const request = { jobId: "DEADLINE_UNREACHABLE" };
    expect(await refusal("jobcontrol.v1.JobControlService/GetStatus", request, wire.url)).toEqual({
      code: "resource_exhausted",
      message: "Refused – 100 %: DEADLINE_UNREACHABLE",
      details: [
        { reason: "DEADLINE_UNREACHABLE", domain: "jobcontrol", metadata: request },
        { fieldViolations: [{ field: "labels.team", description: "is wrong" }] },
        { retryDelay: "1.500s" },
      ],
    });
  });
});
