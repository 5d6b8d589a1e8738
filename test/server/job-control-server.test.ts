import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import { RunMarks } from "../../src/runner/run-marks.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

describe("JobControlServer.start()", () => {
  it("opens no port where the server is to drain before it has started", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const started = server.start();
    await server.drain();
    expect(await started).toBeUndefined();
    await server.drained;
  });

  it("ends what an earlier server has left running, whatever name that knew the store by", async () => {
    await using folder = await TemporaryFolder.create();
    await mkdir(join(folder.path, "data"));
    await symlink("data/jobs.db", join(folder.path, "jobs.db"));
    const left = new RunMarks({ folder: join(folder.path, "data/jobs.db-runs"), clock: systemClock });
    const forever = ["-e", "setInterval(() => {}, 1000)"];
    const process = left.with("run-1", (mark) =>
      spawn(execPath, forever, { detached: true, stdio: ["ignore", "ignore", "ignore", mark] }),
    );
    onTestFinished(() => void process.kill("SIGKILL"));
    const ended = once(process, "exit");
    const store = { file: join(folder.path, "jobs.db") };
    await using server = new JobControlServer(testConfiguration({ store }), { log: quietLog });
    await server.start();
    expect(await ended).toEqual([null, "SIGTERM"]);
  });

  it("opens no port where it was disposed of", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const started = server.start();
    const refused = expect(started).rejects.toThrow();
    await server[Symbol.asyncDispose]();
    await refused;
  });
});
