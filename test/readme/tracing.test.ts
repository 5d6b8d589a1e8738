import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WatchStatusRequest_Until as Until } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { blocksOf } from "./transcript.ts";

const [server = "", program = ""] = blocksOf(readFileSync("docs/tracing.md", "utf8"), "ts");
const serverFile = resolve("test/readme/tracing-server.temporary.ts");
const programFile = resolve("test/readme/tracing-program.temporary.ts");
const serve = ["src/cli/jobctl.js", "serve", "--config", "test/readme/tracing.config.ts"];

beforeAll(async () => {
  await writeFile(serverFile, `${server}export {};\n`);
  await writeFile(programFile, program);
});

afterAll(async () => {
  await Promise.all([serverFile, programFile].map((file) => rm(file, { force: true })));
});

/** A server with the SDK of the document, which records so much. What it prints after its address comes with its end. */
async function served(share: number) {
  const env = { ...process.env, TRACED_SHARE: String(share) };
  const child = spawn(process.execPath, ["--import", serverFile, ...serve], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value = "" } = await lines.next();
  const client = createJobControlClient({ address: value.replace("jobcontrol listening on ", "") });
  const drained = async () => {
    client[Symbol.dispose]();
    child.kill("SIGTERM");
    let rest = "";
    for (let next = await lines.next(); !next.done; next = await lines.next()) rest += `${next.value}\n`;
    return rest;
  };
  return { client, drained };
}

async function message({ jobs }: Pick<JobControlClient, "jobs">, jobId: string) {
  let last: string | undefined;
  await jobs.start({ jobId });
  for await (const { status } of jobs.watchStatus({ jobIds: [jobId], until: Until.ALL_SETTLED }))
    last = status?.message ?? last;
  return last;
}

describe("docs/tracing.md", () => {
  it("has a server trace, and send what is left when it drains", async () => {
    const { client, drained } = await served(1);
    expect(await message(client, "greet")).toBe("Hello greet");
    const spans = await drained();
    for (const name of ["jobcontrol.v1.JobControlService/Start", "command start", "run greet"])
      expect(spans).toContain(`name: '${name}'`);
  });

  it("makes what a thread traces a part of its run", async () => {
    const { client, drained } = await served(1);
    expect(await message(client, "thread")).toBe("a part of the run");
    await drained();
  });

  it("records no more than the sampler says", async () => {
    const { client, drained } = await served(0);
    expect(await message(client, "greet")).toBe("Hello greet");
    expect(await drained()).toBe("");
  });

  it("has a program's call belong to its span, and the run not", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [programFile]);
    const traces = new Map(
      stdout
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, -33), line.slice(-32)]),
    );
    expect([...traces.keys()].sort()).toEqual([
      "command start",
      "jobcontrol.v1.JobControlService/Start",
      "order",
      "run greet",
    ]);
    const { order, "run greet": run, ...others } = Object.fromEntries(traces);
    expect(new Set(Object.values(others))).toEqual(new Set([order]));
    expect(run).not.toBe(order);
  });

  it("names every attribute that is set, and no other", () => {
    const attribute = /"((?:jobcontrol|rpc|process)\.[a-z_.]+|error\.type)"/g;
    const folder = "src/telemetry/open-telemetry";
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    const set = sources.join("\n").matchAll(attribute);
    const rows = readFileSync("docs/tracing.md", "utf8").match(/^\| `.*/gm) ?? [];
    const named = rows.join("\n").matchAll(/`((?:jobcontrol|rpc|process|error)\.[a-z_.]+)`/g);
    const names = (matches: Iterable<RegExpMatchArray>) => [
      ...new Set(Array.from(matches, ([, name]) => name)),
    ];
    expect(names(named).sort()).toEqual(names(set).sort());
  });
});
