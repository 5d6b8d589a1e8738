import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freeAddress } from "../free-port.ts";
import { runHere } from "./jobctl-here.ts";
import { config, exited, killAll, run, serve, start } from "./jobctl-process.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jobcontrol-serve-"));
});

afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

async function stopIt(address: string): Promise<void> {
  await runHere(["stop", "forever", "--address", address]);
}

describe.concurrent("jobctl serve", () => {
  it.each([
    ["a file that is not there", ["--config", "nowhere.yaml"], "nowhere.yaml"],
    ["an address that others can reach", ["--config", config, "--listen", "0.0.0.0:0"], "--listen"],
    ["a store that there is not", ["--config", config, "--store", "nowhere:"], "--store"],
    ["a format that there is not", ["--config", config, "--log", "yaml"], "--log"],
    ["two formats at once", ["--config", config, "--log", "pretty", "--json"], "--json"],
  ])("refuses %s, with 2", async (_name, args, told) => {
    const ended = await runHere(["serve", ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(told) });
    expect(ended.stderr).toMatch(/^(jobctl: |\{"error":\{"message":)/);
    expect(ended.stderr).not.toContain("    at ");
  });

  it("refuses a port that is in use, with 4", async () => {
    const { address } = await serve();
    expect(await run(["serve", "--config", config, "--listen", address])).toEqual({
      code: 4,
      stdout: "",
      stderr: `jobctl: Port is in use: ${address}\n`,
    });
  });

  it("says why it has not started in its log, and only there, where that is JSON", async () => {
    const { code, stdout, stderr } = await run(["serve", "--config", "nowhere.yaml", "--json"]);
    expect({ code, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({
      code: 2,
      stdout: "",
      lines: 1,
    });
    expect(JSON.parse(stderr)).toMatchObject({
      level: "error",
      exitCode: 2,
      msg: expect.stringContaining("nowhere.yaml"),
    });
  });

  it("serves on an IPv6 address, and says so in brackets", async () => {
    const { address } = await serve("--listen", "[::1]:0");
    expect(address).toMatch(/^\[::1\]:\d+$/);
    expect(await runHere(["list", "--address", address])).toMatchObject({ code: 0 });
  });

  it("outlives what a function throws where nobody can catch it, and logs it", async () => {
    const { server, address } = await serve("--json");
    await runHere(["start", "stray", "--address", address]);
    for await (const line of createInterface(server.stderr)) {
      const { level, msg, err } = JSON.parse(line) as Record<string, unknown>;
      if (level !== "error") continue;
      expect(msg).toContain("Uncaught");
      expect(err).toMatchObject({ message: "from a timer of its own" });
      break;
    }
    expect(await runHere(["list", "--address", address])).toMatchObject({ code: 0 });
  });

  it("goes on, and drains, when nobody reads its log any more", async () => {
    const { server, address } = await serve();
    server.stderr.destroy();
    await runHere(["start", "stray", "--address", address]);
    const ended = exited(server);
    server.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("tells functions where it listens", async () => {
    const { address } = await serve();
    const { stdout } = await runHere(["start", "address", "--wait", "--json", "--address", address]);
    expect(JSON.parse(stdout)).toMatchObject({ status: { message: address } });
  });

  it("drains at the first signal: watches are told, and it exits with 0", async () => {
    const { server, address } = await serve();
    await runHere(["start", "forever", "--address", address]);
    const watch = start(["watch", "--no-reconnect", "--address", address]);
    const ends = Promise.all([exited(server), exited(watch)]);
    const lines: string[] = [];
    for await (const line of createInterface(watch.stdout)) {
      lines.push(line);
      if (lines.length === 1) server.kill("SIGTERM");
    }
    expect(await ends).toEqual([0, 6]);
    expect(lines.join("\n")).toMatch(/forever\s+lost/);
    expect(lines.at(-1)).toContain("end: draining");
  });

  it("exits at once, with 1, at the second signal", async () => {
    const { server, address } = await serve();
    await runHere(["start", "deaf", "--address", address]);
    const watch = start(["watch", "deaf", "--json", "--no-reconnect", "--address", address]);
    const ended = exited(server);
    for await (const line of createInterface(watch.stdout)) {
      // The run does not listen: once it is being stopped, the server drains, and waits for it.
      const isReady = line.includes("KIND_SNAPSHOT_END") || line.includes("JOB_STATE_STOPPING");
      if (isReady) server.kill("SIGINT");
    }
    expect(await ended).toBe(1);
  });
});

describe.concurrent("what becomes of those who watch", () => {
  it("a watch waits for the server, tells so on stderr, and goes on where it was", async () => {
    const file = join(folder, "watched.db");
    const { server, address } = await serve("--store", `sqlite:${file}`, "--listen", await freeAddress());
    const watch = start(["watch", "--json", "--max-changes", "3", "--address", address]);
    const told = text(watch.stderr);
    const ended = exited(watch);
    const kinds: string[] = [];
    for await (const line of createInterface(watch.stdout)) {
      const { kind } = JSON.parse(line) as { kind: string };
      kinds.push(kind);
      if (kind !== "KIND_SNAPSHOT_END") continue;
      if (kinds.filter((seen) => seen === kind).length === 1) {
        const dead = exited(server);
        server.kill("SIGKILL");
        await dead;
        await serve("--store", `sqlite:${file}`, "--listen", address);
      } else await runHere(["start", "forever", "--address", address]).then(() => stopIt(address));
    }
    expect(await ended).toBe(0);
    expect(kinds.slice(kinds.indexOf("KIND_SNAPSHOT_END"))).toEqual([
      "KIND_SNAPSHOT_END",
      "KIND_SNAPSHOT_END",
      "KIND_CHANGED",
      "KIND_CHANGED",
      "KIND_CHANGED",
      "KIND_CLOSING",
    ]);
    expect(await told).toBe(
      `jobctl: Lost the service at ${address}: waiting for it\njobctl: The service at ${address} is back\n`,
    );
  });

  it("a Start that waits outlives the server, and tells what has become of the run, with 5", async () => {
    const file = join(folder, "started.db");
    const { server, address } = await serve("--store", `sqlite:${file}`, "--listen", await freeAddress());
    const waiting = start(["start", "forever", "--wait", "--address", address]);
    const told = text(waiting.stderr);
    const ended = exited(waiting);
    for await (const line of createInterface(waiting.stdout)) {
      if (!line.includes("running")) continue;
      const dead = exited(server);
      server.kill("SIGKILL");
      await dead;
      await serve("--store", `sqlite:${file}`, "--listen", address);
    }
    expect(await ended).toBe(5);
    expect(await told).toMatch(
      /Lost the service .*\n.* is back\njobctl: The run of forever did not succeed: lost\n$/,
    );
  });

  it("with --no-reconnect a watch says that it was cut when the server dies, with 6", async () => {
    const { server, address } = await serve();
    const watch = start(["watch", "--json", "--no-reconnect", "--address", address]);
    const told = createInterface(watch.stderr)[Symbol.asyncIterator]().next();
    const ended = exited(watch);
    for await (const line of createInterface(watch.stdout)) {
      if (line.includes("KIND_SNAPSHOT_END")) server.kill("SIGKILL");
    }
    expect(await ended).toBe(6);
    const { value } = await told;
    expect(JSON.parse(String(value))).toMatchObject({
      error: { message: `The connection to ${address} was cut`, exitCode: 6 },
    });
  });

  it("a Start that waits tells of a run that the server's end cut short, with 5", async () => {
    const { server, address } = await serve();
    const waiting = start(["start", "forever", "--wait", "--address", address]);
    const told = createInterface(waiting.stderr)[Symbol.asyncIterator]().next();
    const ended = exited(waiting);
    for await (const line of createInterface(waiting.stdout)) {
      if (line.includes("running")) server.kill("SIGTERM");
    }
    expect(await ended).toBe(5);
    expect(await told).toMatchObject({ value: "jobctl: The run of forever did not succeed: lost" });
  });

  it("a watch ends quietly when nobody reads it any more", async () => {
    const { address } = await serve();
    const watch = start(["watch", "--every-transition", "--address", address]);
    let said = "";
    watch.stderr.on("data", (text: Buffer) => {
      said += text.toString();
    });
    const ended = exited(watch);
    for await (const _line of createInterface(watch.stdout)) break;
    watch.stdout.destroy();
    await runHere(["start", "sum", "--address", address]);
    expect(await ended).toBe(0);
    expect(said).toBe("");
  });

  it("a watch ends with 130 at Ctrl-C", async () => {
    const { address } = await serve();
    const watch = start(["watch", "--address", address]);
    const ended = exited(watch);
    for await (const _line of createInterface(watch.stdout)) watch.kill("SIGINT");
    expect(await ended).toBe(130);
  });
});
