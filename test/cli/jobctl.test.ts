import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CuttableProxy } from "../stress/cuttable-proxy.ts";
import { runHere } from "./jobctl-here.ts";
import { type Ended, exited, killAll, run, serve, start } from "./jobctl-process.ts";

let address: string;

beforeAll(async () => {
  ({ address } = await serve());
});

afterAll(killAll);

function call(verb: string, ...args: readonly string[]): Promise<Ended> {
  return runHere([verb, ...args, "--address", address]);
}

describe.concurrent("jobctl start", () => {
  it("with --wait follows the run to its end, and exits by its result", async () => {
    const well = await call("start", "well", "--type", "sum", "--input", '{"numbers": [1, 2]}', "--wait");
    expect(well).toMatchObject({ code: 0, stdout: expect.stringMatching(/well\s+succeeded/) });
    expect(well.stdout).toContain('{"sum":2}');
    const badly = await call("start", "badly", "--type", "sum", "--wait");
    expect(badly).toMatchObject({ code: 5, stderr: "jobctl: The run of badly did not succeed: failed\n" });
  });

  it("with --json prints the response", async () => {
    const { stdout } = await call("start", "--type", "forever", "--label", "team=red", "--json");
    const response = JSON.parse(stdout) as { started: boolean; status: { jobId: string } };
    expect(response).toMatchObject({
      started: true,
      status: { jobType: "forever", labels: { team: "red" } },
    });
    await call("stop", response.status.jobId);
  });

  it("with --wait and --json prints one document, with the result of the run", async () => {
    const input = '{"numbers": [1]}';
    const { stdout } = await call("start", "--type", "sum", "--input", input, "--wait", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      started: true,
      status: { state: "JOB_STATE_SUCCEEDED", result: { sum: 1 } },
    });
  });

  it("reads its input from a file, or from standard input", async () => {
    const file = join(tmpdir(), `jobctl-${process.pid}.json`);
    await writeFile(file, '{"numbers": [1, 2, 3]}');
    expect((await call("start", "--type", "sum", "--input", `@${file}`, "--wait")).stdout).toContain(
      '{"sum":3}',
    );
    const args = ["start", "--type", "sum", "--input", "-", "--wait", "--address", address];
    expect((await run(args, { input: '{"numbers": []}' })).stdout).toContain('{"sum":0}');
    expect(await call("start", "--type", "sum", "--input", "@/nowhere.json")).toMatchObject({
      code: 2,
      stdout: "",
    });
  });

  it("with --dry-run changes nothing", async () => {
    expect(await call("start", "dry", "--type", "forever", "--dry-run")).toMatchObject({ code: 0 });
    expect(await call("status", "dry")).toMatchObject({ code: 1 });
  });

  it("makes an interval job with --every", async () => {
    await call("start", "often", "--type", "sum", "--input", '{"numbers": []}', "--every", "1h");
    const { stdout } = await call("status", "often", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ status: { schedule: { interval: "3600s" } } });
    expect((await call("stop", "often")).stdout).toContain("stopped");
  });

  it("takes the policies of the schedule beside --cron", async () => {
    const policies = ["--overlap", "buffer-one", "--catch-up", "5m", "--jitter", "10s"];
    const cron = ["--cron", "0 2 * * *", "--time-zone", "Europe/Madrid"];
    const { stdout } = await call("start", "nightly", "--type", "sum", ...cron, ...policies, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      status: {
        schedule: {
          cron: "0 2 * * *",
          timeZone: "Europe/Madrid",
          overlapPolicy: "OVERLAP_POLICY_BUFFER_ONE",
          catchUpWindow: "300s",
          jitter: "10s",
        },
      },
    });
  });
});

describe.concurrent("jobctl stop", () => {
  it("with --wait answers when the job has stopped", async () => {
    await call("start", "stopped", "--type", "forever");
    const { code, stdout } = await call("stop", "stopped", "--wait", "--reason", "seen enough");
    expect(code).toBe(0);
    expect(stdout).toMatch(/stopped\s+stopped/);
    expect(stdout).toContain("Stopped: seen enough");
  });
});

describe.concurrent("jobctl status", () => {
  it("shows the input and the result of a job, when asked to", async () => {
    await call("start", "told", "--type", "sum", "--input", '{"numbers": [7]}', "--wait");
    const plainly = await call("status", "told");
    expect(plainly.stdout).toMatch(/^told {2}succeeded\n {2}type +sum\n/);
    expect(plainly.stdout).not.toContain("numbers");
    const fully = await call("status", "told", "--input", "--result", "--snapshot");
    expect(fully.stdout).toContain('{"numbers":[7]}');
    expect(fully.stdout).toContain('{"sum":1}');
  });

  it("says whether a result that is not there may still come", async () => {
    await call("start", "no-result", "--type", "counts", "--input", '{"total": 1}', "--wait");
    await call("start", "no-result-yet", "--type", "forever");
    expect((await call("status", "no-result", "--result")).stdout).toMatch(/^ {2}no result$/m);
    expect((await call("status", "no-result-yet", "--result")).stdout).toMatch(/^ {2}no result yet$/m);
  });

  it("finds the service by JOBCONTROL_ADDRESS", async () => {
    const found = await run(["status", "sum"], { env: { JOBCONTROL_ADDRESS: address } });
    expect(found).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sum /) });
  });
});

describe.concurrent("jobctl stop", () => {
  it("with --wait ends when the job has stopped", async () => {
    await call("start", "stopped-slowly", "--type", "deaf");
    const { code, stdout } = await call("stop", "stopped-slowly", "--grace", "100ms", "--wait", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: { state: "JOB_STATE_STOPPED" } });
  });
});

describe.concurrent("jobctl list", () => {
  it("prints a line a job, within 80 columns and without control characters", async () => {
    const { code, stdout } = await call("list");
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^JOB\s+STATE\s+RUNS$/);
    expect(lines.some((line) => line.startsWith("forever"))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("filters, and refuses a state that there is not", async () => {
    const { stdout } = await call("list", "--type", "hostile", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ jobId: "hostile" }] });
    expect(await call("list", "--state", "happy")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("happy"),
    });
  });

  it("makes what jobs and callers say harmless, and leaves JSON its meaning", async () => {
    const { stdout } = await call("start", "hostile", "--wait");
    expect(stdout).toContain("red");
    expect(stdout).not.toContain("\u001b");
    const note = "\u009b31m\u202e";
    await call("start", "noted", "--type", "hostile", "--label", `note=${note}`);
    const [shown, json] = await Promise.all([call("status", "noted"), call("status", "noted", "--json")]);
    for (const text of [shown.stdout, json.stdout]) expect(text).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: { labels: { note } } });
  });
});

describe.concurrent("jobctl watch", () => {
  it("prints a message a line with --json, and ends by itself with --until", async () => {
    const { code, stdout } = await call("watch", "forever", "--until", "snapshot", "--json");
    expect(code).toBe(0);
    const kinds = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(["KIND_SNAPSHOT", "KIND_SNAPSHOT_END", "KIND_CLOSING"]);
  });

  it("exits with 5 where a watched job has failed", async () => {
    await call("start", "failing", "--type", "sum", "--wait");
    expect(await call("watch", "failing", "--until", "settled")).toMatchObject({
      code: 5,
      stderr: "jobctl: Failed: failing\n",
    });
  });
});

describe.concurrent("jobctl logs", () => {
  it("prints when and where each line was written, and nothing that a terminal obeys", async () => {
    await call("start", "talked", "--type", "talks", "--wait");
    const { code, stdout } = await call("logs", "talked");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}log {5}one\n\d\d:\d\d:\d\d {2}log {5}\ttwo red\n$/);
    expect((await call("logs", "talked", "--tail", "1", "--follow")).stdout).toMatch(
      /^.{8} {2}log {5}\ttwo red\n$/,
    );
    expect((await call("logs", "talked", "--tail", "0")).stdout).toBe("");
  });

  it("prints a document a line with --json, and what is missing", async () => {
    await call("start", "piped", "--type", "pipes", "--wait");
    const { stdout } = await call("logs", "piped", "--json");
    const documents = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { dropped?: string; text?: string; runId?: string });
    const [missing, ...lines] = documents;
    expect(missing).toEqual({ lines: [], dropped: "1000", nextLine: "1000" });
    expect(lines).toHaveLength(10_000);
    const last = { source: "SOURCE_STDOUT", text: "11000", time: expect.any(String) };
    expect(lines.at(-1)).toMatchObject(last);
    const run = await call("logs", "piped", "--run", lines[0]?.runId ?? "", "--tail", "2");
    expect(run.stdout).toMatch(/^.* 10999\n.* 11000\n$/);
    expect((await call("logs", "piped")).stdout).toMatch(/^1000 lines lost\n/);
  });

  it("says why there is nothing: the job has not run, or nothing of its run is kept", async () => {
    expect(await call("logs", "deaf")).toMatchObject({ code: 0, stderr: "jobctl: deaf has not run yet\n" });
    await call("start", "silent", "--type", "sum", "--input", '{"numbers": []}', "--wait");
    const { code, stderr } = await call("logs", "silent");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^jobctl: No output of silent is kept: its run has written nothing, or /);
  });

  it("with --follow goes on until the run is over", async () => {
    await call("start", "talking", "--type", "talks", "--input", '{"forever": true}');
    const following = start(["logs", "talking", "-f", "--address", address]);
    const ended = exited(following);
    let lines = 0;
    for await (const _line of createInterface(following.stdout))
      if (++lines === 2) await call("stop", "talking");
    expect(lines).toBe(2);
    expect(await ended).toBe(0);
  });
});

describe.concurrent("jobctl logs --follow, cut off", () => {
  it.each([
    ["all lines", [], ["one", "\ttwo red"]],
    ["the newest", ["--tail", "1"], ["\ttwo red"]],
  ])("waits for the service, and goes on after the line that came last: %s", async (name, tail, lines) => {
    const jobId = `cut-${name.replaceAll(" ", "-")}`;
    await using proxy = await CuttableProxy.to(Number(address.split(":")[1]));
    await call("start", jobId, "--type", "talks", "--input", '{"forever": true}');
    const following = start(["logs", jobId, "-f", ...tail, "--address", `127.0.0.1:${proxy.port}`]);
    const ended = exited(following);
    const told = createInterface(following.stderr)[Symbol.asyncIterator]();
    const texts: string[] = [];
    for await (const line of createInterface(following.stdout)) {
      texts.push(line.slice("12:00:00  log     ".length));
      if (texts.length !== lines.length) continue;
      proxy.cut();
      expect((await told.next()).value).toMatch(/^jobctl: Lost the service at /);
      await call("stop", jobId);
    }
    expect((await told.next()).value).toMatch(/^jobctl: The service at .* is back$/);
    expect(texts).toEqual(lines);
    expect(await ended).toBe(0);
  });
});

describe.concurrent("jobctl --version", () => {
  it("prints the version of the package", async () => {
    expect(await run(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe.concurrent("what goes wrong", () => {
  it.each([
    ["an unknown job", ["status", "nobody"], 1, "JOB_NOT_FOUND: No such job: nobody"],
    ["a job that nothing is like", ["status", "nobody"], 1, "(jobctl list shows those that there are)"],
    ["a job with a wrong letter", ["status", "forevar"], 1, "(did you mean forever?)"],
    ["a job of which only a part was said", ["stop", "host"], 1, "(did you mean hostile?)"],
    ["a type with a wrong letter", ["start", "x", "--type", "summ"], 1, "(did you mean sum?)"],
    ["a job that waits for no time", ["trigger", "sum"], 1, "(jobctl start sum begins it)"],
    ["a start of nothing", ["start"], 2, "Name a job, or a --type"],
    [
      "options before the verb",
      ["--address", "127.0.0.1:1", "list"],
      2,
      "the verb comes first, then its options",
    ],
    ["a stop of nothing", ["stop"], 2, "(jobctl stop --help tells more)"],
    [
      "a run that there was not",
      ["logs", "sum", "--run", "r-1"],
      1,
      "(jobctl runs sum lists those that there are)",
    ],
    ["a tail that is none", ["logs", "sum", "--tail", "-1"], 2, "--tail"],
    ["an id that is none", ["status", "not an id"], 1, "INVALID_FIELD"],
    ["input that is no JSON", ["start", "sum", "--input", "{"], 2, "--input is not JSON"],
    ["input that is no object", ["start", "sum", "--input", "[1]"], 2, "--input is not a JSON object"],
    ["a duration that is none", ["stop", "sum", "--grace", "soon"], 2, "--grace is not a duration"],
    ["an interval of what is told once", ["stats", "--interval", "5s"], 2, "--interval goes with --watch"],
    ["a policy without a schedule", ["start", "sum", "--jitter", "1s"], 2, "--jitter go with --every"],
    ["a policy that there is not", ["start", "sum", "--every", "1s", "--overlap", "all"], 2, "buffer-one"],
    ["a label without a value", ["start", "sum", "--label", "team"], 2, "key=value"],
    ["a timeout of nothing", ["list", "--timeout", "0ms"], 2, "--timeout leaves no time"],
    ["an unknown option", ["list", "--nonsense"], 2, "--nonsense"],
    ["an unknown verb", ["dance"], 2, "dance"],
    ["waiting for what is only accepted", ["start", "sum", "--wait", "--accepted"], 2, "--accepted"],
  ])("is told in a line, with its exit code: %s", async (_name, [verb = "", ...args], code, told) => {
    const ended = verb === "dance" ? await runHere([verb]) : await call(verb, ...args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^jobctl: /);
    expect(ended.stderr).toContain(told);
    expect(ended.stderr).not.toContain("    at ");
  });

  it.each([
    [
      "a refusal of the service",
      ["status", "forevar"],
      {
        message: "JOB_NOT_FOUND: No such job: forevar (did you mean forever?)",
        exitCode: 1,
        code: "NOT_FOUND",
        reason: "JOB_NOT_FOUND",
        metadata: { jobId: "forevar" },
        violations: [],
      },
    ],
    [
      "fields that are wrong",
      ["start", "not an id"],
      { reason: "INVALID_FIELD", violations: [{ field: "job_id", description: expect.any(String) }] },
    ],
    ["wrong usage", ["start", "sum", "--input", "{"], { exitCode: 2, message: expect.any(String) }],
    [
      "an option that there is not",
      ["list", "--nope"],
      { exitCode: 2, message: expect.stringContaining("'--nope'") },
    ],
    [
      "a run that fails",
      ["start", "sum", "--wait"],
      { exitCode: 5, message: expect.stringContaining("failed") },
    ],
  ])("is told as data with --json: %s", async (_name, [verb = "", ...args], error) => {
    const { code, stderr } = await call(verb, ...args, "--json");
    expect(stderr).toMatch(/^\{.*\}\n$/);
    const told = JSON.parse(stderr) as { error: { exitCode: number } };
    expect(told).toMatchObject({ error });
    expect(code).toBe(told.error.exitCode);
  });

  it("ends the process with that code, and what was told is all there", async () => {
    const [refused, misused] = await Promise.all([
      run(["status", "forevar", "--json", "--address", address]),
      run(["list", "--nonsense"]),
    ]);
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^\{.*\}\n$/) });
    expect(misused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--nonsense") });
  });

  it.skipIf(!existsSync("/dev/full"))(
    "is told in a line where the disk is full (needs /dev/full)",
    async () => {
      const line = '"$0" src/cli/jobctl.js completion bash >/dev/full';
      const child = spawn("sh", ["-c", line, process.execPath], { stdio: ["ignore", "ignore", "pipe"] });
      const [code, told] = await Promise.all([exited(child), text(child.stderr)]);
      expect(code).toBe(1);
      expect(told).toMatch(/^jobctl: Cannot write: ENOSPC: .*\n$/);
    },
  );

  it("refuses an address that can be none", async () => {
    for (const address of ["127.0.0.1", "127.0.0.1:99999", "ftp://127.0.0.1:1"]) {
      const ended = await runHere(["list", "--address", address]);
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("host:port") });
    }
  });

  it.each([
    ["a verb that asks", ["list"]],
    ["a Start, which would be sent again only where it was cut", ["start", "sum"]],
    ["a Start that would wait", ["start", "sum", "--wait"]],
    ["a watch, which waits only for a server that it has seen", ["watch"]],
    ["a watch that waits for none", ["watch", "--no-reconnect"]],
  ])("says at once what to do where no server is: %s", async (_name, args) => {
    expect(await runHere([...args, "--address", "127.0.0.1:1"])).toEqual({
      code: 6,
      stdout: "",
      stderr:
        "jobctl: Cannot reach the service at 127.0.0.1:1: is `jobctl serve` running there? Another server: --address or --context\n",
    });
  });

  it("says so where something else answers", async () => {
    const web = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const at = web.address();
    const port = typeof at === "object" ? at?.port : undefined;
    const ended = await runHere(["list", "--address", `127.0.0.1:${port}`]);
    web.close();
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^jobctl: No gRPC service answers at .*\n$/),
    });
  });

  it.each([
    ["a run", "late-run", "start", "--wait"],
    ["a stop", "late-stop", "stop", "--wait"],
    ["a watch", "late-watch", "watch", "--every-transition"],
    ["logs that are followed", "late-logs", "logs", "--follow"],
  ])("ends with 7 when the --timeout of %s passes", async (_name, jobId, verb, flag) => {
    await call("start", jobId, "--type", "deaf");
    const ended = await call(verb, jobId, flag, "--timeout", "1s");
    expect(ended).toMatchObject({ code: 7, stderr: "jobctl: Not done within 1s\n" });
  });
});
