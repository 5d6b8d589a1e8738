import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** `jobctl` as a script or a person uses it: in processes of its own, against a server in a process of its own. */
const jobctl = "src/cli/jobctl.ts";
const config = "test/cli/served.config.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let server: ChildProcess;
let address: string;

beforeAll(async () => {
  [server, address] = await serve("--config", config, "--listen", "127.0.0.1:0");
});

afterAll(async () => {
  if (server.exitCode === null) server.kill("SIGKILL");
});

/** Starts a server, and resolves when it says that it is ready. */
async function serve(...args: readonly string[]): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [jobctl, "serve", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface(child.stdout)) {
    const ready = /^jobcontrol listening on (\S+)$/.exec(line);
    if (ready?.[1] !== undefined) return [child, ready[1]];
  }
  throw new Error("The server ended before it was ready");
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [jobctl, ...args],
      { encoding: "utf8" },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      },
    );
  });
}

function call(verb: string, ...args: readonly string[]): Promise<Ended> {
  return run(verb, ...args, "--address", address);
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

describe("jobctl start", () => {
  it("with --wait follows the run to its end, and exits by its result", async () => {
    const well = await call("start", "sum", "--input", '{"numbers": [1, 2]}', "--wait");
    expect(well).toMatchObject({ code: 0, stdout: expect.stringMatching(/sum\s+succeeded/) });
    const badly = await call("start", "sum", "--wait");
    expect(badly).toMatchObject({ code: 5, stderr: "jobctl: The run of sum has failed\n" });
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
});

describe("jobctl stop", () => {
  it("with --wait answers when the job has stopped", async () => {
    await call("start", "forever");
    const { code, stdout } = await call("stop", "forever", "--wait", "--reason", "seen enough");
    expect(code).toBe(0);
    expect(stdout).toMatch(/forever\s+stopped/);
    expect(stdout).toContain("Stopped: seen enough");
  });
});

describe("jobctl list", () => {
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

  it("makes what a job says harmless", async () => {
    const { stdout } = await call("start", "hostile", "--wait");
    expect(stdout).toContain("red");
    expect(stdout).not.toContain("\u001b");
  });
});

describe("jobctl watch", () => {
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
    await call("start", "sum", "--wait");
    expect(await call("watch", "sum", "--until", "settled")).toMatchObject({
      code: 5,
      stderr: "jobctl: Failed: sum\n",
    });
  });
});

describe("jobctl --version", () => {
  it("prints the version of the package", async () => {
    expect(await run("--version")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe("what goes wrong", () => {
  it.each([
    ["an unknown job", ["status", "nobody"], 1, "JOB_NOT_FOUND: No such job: nobody"],
    ["an id that is none", ["status", "not an id"], 1, "INVALID_FIELD"],
    ["input that is no JSON", ["start", "sum", "--input", "{"], 2, "--input is not JSON"],
    ["input that is no object", ["start", "sum", "--input", "[1]"], 2, "--input is not a JSON object"],
    ["a duration that is none", ["stop", "sum", "--grace", "soon"], 2, "--grace is not a duration"],
    ["a label without a value", ["start", "sum", "--label", "team"], 2, "key=value"],
    ["an unknown option", ["list", "--nonsense"], 2, "--nonsense"],
    ["an unknown verb", ["dance"], 2, "dance"],
  ])("is told in a line, with its exit code: %s", async (_name, [verb = "", ...args], code, told) => {
    const ended = verb === "dance" ? await run(verb) : await call(verb, ...args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain(told);
    expect(ended.stderr).not.toContain("    at ");
  });

  it("says what to do where no server is", async () => {
    const ended = await run("list", "--address", "127.0.0.1:1");
    expect(ended).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("is `jobctl serve` running there?"),
    });
  });
});

describe("jobctl serve", () => {
  it("refuses a configuration that cannot be used, with 2", async () => {
    expect(await run("serve", "--config", "nowhere.yaml")).toMatchObject({ code: 2, stdout: "" });
    const open = await run("serve", "--config", config, "--listen", "0.0.0.0:0");
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining("--listen") });
    const store = await run("serve", "--config", config, "--store", "sqlite:./x.db");
    expect(store).toMatchObject({ code: 2, stderr: expect.stringContaining("--store") });
  });

  it("refuses a port that is in use, with 4", async () => {
    expect(await run("serve", "--config", config, "--listen", address)).toMatchObject({ code: 4 });
  });

  it("outlives what a function throws where nobody can catch it", async () => {
    await call("start", "stray", "--wait");
    expect(await call("list")).toMatchObject({ code: 0 });
  });

  it("drains at the first signal: watches are told, and it exits with 0", async () => {
    const [draining, at] = await serve("--config", config, "--listen", "127.0.0.1:0");
    await run("start", "forever", "--address", at);
    const watch = spawn(process.execPath, [jobctl, "watch", "--address", at], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of createInterface(watch.stdout)) {
        lines.push(line);
        if (lines.length === 1) draining.kill("SIGTERM");
      }
    })();
    const codes = await Promise.all([exited(draining), exited(watch), reading]);
    expect(codes.slice(0, 2)).toEqual([0, 6]);
    expect(lines.join("\n")).toMatch(/forever\s+lost/);
    expect(lines.at(-1)).toContain("end: draining");
  });

  it("exits at once, with 1, at the second signal", async () => {
    const [stubborn, at] = await serve("--config", config, "--listen", "127.0.0.1:0");
    await run("start", "deaf", "--address", at);
    const watch = spawn(process.execPath, [jobctl, "watch", "deaf", "--json", "--address", at], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = exited(stubborn);
    for await (const line of createInterface(watch.stdout)) {
      // The run does not listen: once it is being stopped, the server drains, and waits for it.
      const isReady = line.includes("KIND_SNAPSHOT_END") || line.includes("JOB_STATE_STOPPING");
      if (isReady) stubborn.kill("SIGINT");
    }
    expect(await ended).toBe(1);
  });
});
