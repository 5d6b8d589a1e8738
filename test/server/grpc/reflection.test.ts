import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as AlphaReflection } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Wire } from "./wire.ts";

const services = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "jobcontrol.v1.AdminService",
  "jobcontrol.v1.JobControlService",
];

type Question = Exclude<ServerReflectionRequest["messageRequest"], { case: undefined }>;

/** What one stream answers to one question after the other. */
async function ask(
  wire: Wire,
  service: typeof ServerReflection | typeof AlphaReflection,
  questions: object[],
) {
  async function* requests() {
    for (const messageRequest of questions) yield { host: "h", messageRequest: messageRequest as Question };
  }
  const answers = [];
  for await (const answer of wire
    .connect(service as typeof ServerReflection)
    .serverReflectionInfo(requests())) {
    expect(answer).toMatchObject({ validHost: "h", originalRequest: { host: "h" } });
    answers.push(answer.messageResponse);
  }
  return answers;
}

describe.each([ServerReflection, AlphaReflection])("%s", (service) => {
  const symbol = (value: string) => ({ case: "fileContainingSymbol", value });

  async function fileOf(wire: Wire, question: object): Promise<string | undefined> {
    const [answer] = await ask(wire, service, [question]);
    if (answer?.case !== "fileDescriptorResponse") return undefined;
    const [first] = answer.value.fileDescriptorProto;
    return first && fromBinary(FileDescriptorProtoSchema, first).name;
  }

  it("lists the services", async () => {
    await using wire = await Wire.open();
    const [answer] = await ask(wire, service, [{ case: "listServices", value: "*" }]);
    expect(
      answer?.case === "listServicesResponse" && answer.value.service.map(({ name }) => name).sort(),
    ).toEqual(services);
  });

  it.each([
    ["jobcontrol.v1.JobControlService", "jobcontrol/v1/job_control_service.proto"],
    ["jobcontrol.v1.JobControlService.Start", "jobcontrol/v1/job_control_service.proto"],
    ["jobcontrol.v1.AdminService", "jobcontrol/v1/admin_service.proto"],
    ["jobcontrol.v1.JobStatus", "jobcontrol/v1/job.proto"],
    ["jobcontrol.v1.JobStatus.labels", "jobcontrol/v1/job.proto"],
    ["jobcontrol.v1.Schedule.when", "jobcontrol/v1/schedule.proto"],
    ["jobcontrol.v1.JobState", "jobcontrol/v1/job.proto"],
    ["jobcontrol.v1.JOB_STATE_LOST", "jobcontrol/v1/job.proto"],
    ["jobcontrol.v1.CommandReceipt.OUTCOME_APPLIED", "jobcontrol/v1/command.proto"],
    ["google.protobuf.Struct", "google/protobuf/struct.proto"],
    ["google.rpc.ErrorInfo", "google/rpc/error_details.proto"],
  ])("finds the file of %s", async (name, file) => {
    await using wire = await Wire.open();
    expect(await fileOf(wire, symbol(name))).toBe(file);
  });

  it("finds a file by its name, and sends what it imports along", async () => {
    await using wire = await Wire.open();
    const [answer] = await ask(wire, service, [{ case: "fileByFilename", value: "jobcontrol/v1/job.proto" }]);
    const files = answer?.case === "fileDescriptorResponse" ? answer.value.fileDescriptorProto : [];
    expect(files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name)).toEqual([
      "jobcontrol/v1/job.proto",
      "google/protobuf/struct.proto",
      "google/protobuf/timestamp.proto",
      "jobcontrol/v1/schedule.proto",
      "google/protobuf/duration.proto",
    ]);
  });

  it("answers what it cannot with an error each, and goes on", async () => {
    await using wire = await Wire.open();
    const answers = await ask(wire, service, [
      symbol("no.Such"),
      symbol("constructor"),
      symbol(""),
      { case: "fileByFilename", value: "__proto__" },
      { case: "fileContainingExtension", value: { containingType: "no.Such", extensionNumber: 1 } },
      { case: "allExtensionNumbersOfType", value: "no.Such" },
      { case: undefined },
      { case: "allExtensionNumbersOfType", value: "jobcontrol.v1.JobStatus" },
    ]);
    const notFound = { case: "errorResponse", value: { errorCode: Code.NotFound } };
    expect(answers).toMatchObject([
      notFound,
      notFound,
      notFound,
      notFound,
      notFound,
      notFound,
      { case: "errorResponse", value: { errorCode: Code.InvalidArgument } },
      {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: "jobcontrol.v1.JobStatus", extensionNumber: [] },
      },
    ]);
    expect(wire.bugs).toEqual([]);
  });
});

describe.each(["grpc-v1", "grpc-v1alpha"])("buf curl, by reflection %s", (reflection) => {
  const run = promisify(execFile);
  const buf = new URL("../../../node_modules/.bin/buf", import.meta.url).pathname;
  const flags = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--reflect-protocol", reflection];

  it("lists services and methods", async () => {
    await using wire = await Wire.open();
    const listed = await run(buf, [...flags, "--list-services", wire.url]);
    expect(listed.stdout.trim().split("\n")).toEqual(services);
    const { stdout } = await run(buf, [...flags, "--list-methods", wire.url]);
    expect(stdout).toContain("jobcontrol.v1.JobControlService/WatchStatus");
  });

  it("calls, with maps, structs and times", async () => {
    await using wire = await Wire.open();
    const method = `${wire.url}/jobcontrol.v1.JobControlService/Start`;
    const request = {
      job_id: "a",
      labels: { team: "infra" },
      input: { list: [1, null] },
      schedule: { interval: "1s" },
    };
    const { stdout } = await run(buf, [...flags, "-d", JSON.stringify(request), method]);
    expect(JSON.parse(stdout)).toMatchObject({ status: { labels: { team: "infra" } } });
    expect(wire.control.asked).toMatchObject([
      { jobId: "a", labels: { team: "infra" }, input: { list: [1, null] }, schedule: { intervalMs: 1000 } },
    ]);
  });

  it("shows what an error says", async () => {
    await using wire = await Wire.open();
    const method = `${wire.url}/jobcontrol.v1.JobControlService/Stop`;
    const { stderr } = await run(buf, [...flags, "-d", "{}", method]).catch((error) => error);
    expect(JSON.parse(stderr)).toMatchObject({
      code: "invalid_argument",
      details: [{ type: "google.rpc.ErrorInfo" }, { type: "google.rpc.BadRequest" }],
    });
  });
});
