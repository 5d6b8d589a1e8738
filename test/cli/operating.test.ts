import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freeAddress } from "../free-port.ts";
import { runHere } from "./jobctl-here.ts";
import { type Ended, exited, killAll, serve, start } from "./jobctl-process.ts";

let address: string;

beforeAll(async () => {
  ({ address } = await serve());
});

afterAll(killAll);

function call(verb: string, ...args: readonly string[]): Promise<Ended> {
  return runHere([verb, ...args, "--address", address]);
}

describe("jobctl runs", () => {
  it("lists the last runs of a job, the newest first, with what went wrong", async () => {
    await call("start", "ran", "--type", "sum", "--input", '{"numbers": []}', "--wait");
    await call("start", "ran", "--input", "{}", "--wait");
    await call("start", "ran", "--input", '{"numbers": [1]}', "--wait");
    const { code, stdout } = await call("runs", "ran");
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^RUN +STATE +STARTED +TOOK$/);
    expect(lines.slice(1).map((line) => line.split(/ {2,}/)[1])).toEqual([
      "succeeded",
      "failed",
      "THREW: TypeError: input.numbers is not an array",
      "succeeded",
    ]);
    const { stdout: newest } = await call("runs", "ran", "--limit", "2", "--json");
    expect(JSON.parse(newest)).toMatchObject({
      runs: [{ state: "JOB_STATE_SUCCEEDED" }, { state: "JOB_STATE_FAILED" }],
      nextPageToken: expect.stringMatching(/./),
    });
  });

  it("begins with the run that is going on, and says where there is none", async () => {
    await call("start", "runs-on", "--type", "forever");
    expect((await call("runs", "runs-on")).stdout).toMatch(/running .* ago\n$/);
    expect((await call("runs", "address")).stdout).toBe("No runs\n");
    expect(await call("runs", "nobody")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("JOB_NOT_FOUND"),
    });
    expect(await call("runs", "sum", "--limit", "0")).toMatchObject({ code: 2 });
  });
});

describe("jobctl status of a command", () => {
  it("tells what became of it, by either of its ids", async () => {
    const args = ["sum", "--input", '{"numbers": []}', "--accepted", "--request-id", "cli-1"];
    const { stdout } = await call("start", ...args);
    const [, commandId = ""] = /jobctl status --command (\S+)/.exec(stdout) ?? [];
    await call("status", "sum");
    const [byId, byRequest, json] = await Promise.all([
      call("status", "--command", commandId),
      call("status", "--request-id", "cli-1"),
      call("status", "--command", commandId, "--json"),
    ]);
    expect(byId.stdout).toMatch(
      /^\S+ {2}applied\n {2}request +cli-1\n {2}accepted .* ago\n {2}applied .* ago\n/,
    );
    expect(byRequest.stdout.split("\n")[0]).toBe(byId.stdout.split("\n")[0]);
    expect(JSON.parse(json.stdout)).toMatchObject({ receipt: { commandId, outcome: "OUTCOME_APPLIED" } });
  });

  it.each([
    ["an unknown command", ["--command", "nope"], 1, "COMMAND_NOT_FOUND: No such command: nope"],
    ["nothing at all", [], 2, "Name one thing"],
    ["two things at once", ["sum", "--request-id", "r"], 2, "Name one thing"],
  ])("refuses %s", async (_name, args, code, told) => {
    expect(await call("status", ...args)).toMatchObject({ code, stderr: expect.stringContaining(told) });
  });
});

describe("jobctl stats", () => {
  it("shows each lane with a bar, the limits, refusals, watches and runs", async () => {
    const { code, stdout } = await call("stats");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^channel {2}healthy {2}when full: wait\n/);
    for (const lane of ["critical", "high", "normal", "low"])
      expect(stdout).toMatch(new RegExp(`^ {2}${lane} +░{30} +0 of 100$`, "m"));
    expect(stdout).toMatch(/^ {2}not run +0 dropped, 0 evicted, 0 expired$/m);
    expect(stdout).toMatch(/^ {2}tokens +1000\/s, \d+ of 1000 saved up$/m);
  });

  it("shows the types that have something to tell, with their circuits", async () => {
    const own = await serve();
    const at = (...args: readonly string[]) => runHere([...args, "--address", own.address]);
    expect((await at("stats")).stdout).not.toContain("types");
    await at("start", "guarded", "--wait");
    const { stdout: job } = await at("status", "guarded");
    expect(job).toMatch(/^ {2}message +Kept for later after THREW COMPLETED_BY_FALLBACK$/m);
    expect(job).toMatch(/^ {2}fallback +after THREW: no answer$/m);
    expect((await at("runs", "guarded")).stdout).toMatch(/ {2}by the fallback after THREW$/m);
    await at("start", "patient");
    expect((await at("status", "patient")).stdout).toMatch(
      /^ {2}next try +in (60 min|1 h), attempt 2 of 3$/m,
    );
    const { stdout } = await at("stats");
    expect(stdout).toMatch(
      /^ {2}types\n {4}guarded {2}circuit opened .* ago, half-open in .*, 1 failed in a row$/m,
    );
    expect(stdout).toMatch(/^ {4}patient {2}1 under way, circuit opened/m);
  });

  it("with --json prints the response", async () => {
    const { stdout } = await call("stats", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ stats: { fullMode: "wait", capacity: 400, degraded: false } });
  });

  it("with --watch goes on, also with the server that takes the place of one that drained", async () => {
    const own = await serve("--listen", await freeAddress());
    const args = ["--watch", "--interval", "100ms", "--json", "--address", own.address];
    const watch = start(["stats", ...args]);
    const ended = exited(watch);
    const told = text(watch.stderr);
    let messages = 0;
    for await (const line of createInterface(watch.stdout)) {
      expect(JSON.parse(line)).toMatchObject({ stats: { fullMode: "wait" } });
      if (++messages === 2) {
        const drained = exited(own.server);
        own.server.kill("SIGTERM");
        expect(await drained).toBe(0);
        await serve("--listen", own.address);
        messages = 100;
      }
      if (messages === 105) watch.kill("SIGINT");
    }
    expect(await ended).toBe(130);
    expect(await told).toBe(
      `jobctl: Lost the service at ${own.address}: waiting for it\njobctl: The service at ${own.address} is back\n`,
    );
  });
});

describe.concurrent("jobctl limits", () => {
  it("shows the limits, and changes them", async () => {
    const own = await serve();
    const limits = (...args: readonly string[]) => runHere(["limits", ...args, "--address", own.address]);
    expect((await limits()).stdout).toBe("1000/s, 1000 of 1000 saved up\n");
    const changed = await limits("--rate", "0.5", "--burst", "7", "--reason", "night");
    expect(changed).toMatchObject({ code: 0, stdout: "0.5/s, 7 of 7 saved up\n" });
    expect(JSON.parse((await limits("--json")).stdout)).toMatchObject({
      stats: { tokensPerSecond: 0.5, burst: 7 },
    });
  });

  it.each([
    ["--rate", "0"],
    ["--burst", "1.5"],
  ])("refuses %s %s, with 2", async (option, value) => {
    const ended = await call("limits", option, value);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(option) });
  });
});

describe.concurrent("jobctl drain", () => {
  it("tells what became of the commands that waited, and the server exits with 0", async () => {
    const { server, address } = await serve();
    await runHere(["start", "forever", "--address", address]);
    const ended = exited(server);
    const args = ["drain", "--deadline", "5s", "--reason", "deploy", "--address", address];
    expect(await runHere(args)).toMatchObject({
      code: 0,
      stdout: "Drained: 0 applied, 0 refused; the server ends with its runs\n",
    });
    expect(await ended).toBe(0);
  });

  it("takes SIGTERM for a second drain, not for a second signal", async () => {
    const { server, address } = await serve();
    await runHere(["start", "deaf", "--address", address]);
    const ended = exited(server);
    await runHere(["drain", "--deadline", "2s", "--address", address]);
    server.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});
