import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it, vi } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, describeFailure } from "../../src/client/index.ts";
import { patience } from "../patience.ts";
import { ServingReader } from "../server/serving-reader.ts";
import { SmallDisk } from "../server/small-disk.ts";
import { runHere } from "./jobctl-here.ts";
import { config, exited, killAll, ready, run, serve, start } from "./jobctl-process.ts";

const folder = mkdtempSync(join(tmpdir(), "jobcontrol-store-faults-"));

afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

function serveArguments(file: string): readonly string[] {
  return ["serve", "--config", config, "--listen", "127.0.0.1:0", "--store", `sqlite:${file}`];
}

describe("jobctl serve, on a store that it cannot use", () => {
  it("exits with 3 and one line, and leaves the file as it was", async () => {
    const file = join(folder, "garbage.db");
    writeFileSync(file, "no store\n".repeat(1000));
    const { code, stdout, stderr } = await run(serveArguments(file));
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: "",
      stderr: `jobctl: Not a store of jobcontrol: ${file}\n`,
    });
    expect(readFileSync(file, "utf8")).toBe("no store\n".repeat(1000));
  });

  it("exits with 3 and names the server that has the file, which goes on", async () => {
    const file = join(folder, "in-use.db");
    const { server, address } = await serve("--store", `sqlite:${file}`);
    const { code, stderr } = await run(serveArguments(file));
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `jobctl: Store is in use by process ${server.pid}: ${file}\n`,
    });
    expect(await runHere(["list", "--address", address])).toMatchObject({ code: 0 });
  });

  const disk = SmallDisk.mount(16);
  it.skipIf(typeof disk === "string")(
    `exits with 3 where the disk is read-only${typeof disk === "string" ? `: ${disk}` : ""}`,
    async () => {
      if (typeof disk === "string") return;
      using readOnly = disk;
      const file = join(readOnly.path, "jobs.db");
      const { server } = await serve("--store", `sqlite:${file}`);
      const ended = exited(server);
      server.kill("SIGTERM");
      await ended;
      readOnly.makeReadOnly();
      const { code, stderr } = await run(serveArguments(file));
      expect({ code, stderr }).toEqual({ code: 3, stderr: `jobctl: Store cannot be written: ${file}\n` });
    },
  );
});

describe("jobctl serve, whose thread that writes the store ends", () => {
  const mortal = ["serve", "--config", "test/cli/mortal-writer.config.ts", "--listen", "127.0.0.1:0"];

  it("goes on with another, and has lost nothing that was answered", async () => {
    const file = join(folder, "mortal.db");
    const server = start([...mortal, "--store", `sqlite:${file}`]);
    const address = await ready(server);
    using client = createJobControlClient({ address });
    await using health = new ServingReader(address);
    expect(await health.next()).toBe("serving");
    await client.jobs.start({ jobId: "end-writer" });
    expect(await health.next()).toBe("not-serving");
    expect(await health.next()).toBe("serving");
    await client.jobs.start({ jobId: "after", jobType: "forever" });
    expect(await runHere(["status", "end-writer", "--address", address])).toMatchObject({ code: 0 });
    const ended = exited(server);
    server.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(await run(["db", "check", "--store", `sqlite:${file}`])).toMatchObject({ code: 0 });
  });

  it("ends with 1, as who is to be started anew, and one line where another has the file by then", async () => {
    const file = join(folder, "taken.db");
    const server = start([...mortal, "--store", `sqlite:${file}`, "--log", "json"]);
    const told = text(server.stderr);
    const address = await ready(server);
    using client = createJobControlClient({ address });
    const ended = exited(server);
    await client.jobs.start({ jobId: "take-lock", input: { file } });
    expect(await ended).toBe(1);
    const [last] = (await told).trim().split("\n").slice(-1);
    expect(JSON.parse(last ?? "")).toMatchObject({
      exitCode: 1,
      msg: `Store is in use by process ${server.pid}: ${file}`,
    });
  });
});

const canLimit = spawnSync("prlimit", ["--version"]).status === 0;

describe.skipIf(!canLimit)(
  `a store that fails while it is served${canLimit ? "" : ": there is no prlimit"}`,
  () => {
    it("says UNAVAILABLE and NOT_SERVING, never OK, and goes on when it can be written again", async () => {
      const file = join(folder, "failing.db");
      const { server, address } = await serve("--store", `sqlite:${file}`);
      using client = createJobControlClient({ address });
      await using health = new ServingReader(address);
      expect(await health.next()).toBe("serving");
      await client.jobs.start({ jobId: "before", jobType: "forever" });
      await vi.waitFor(() => expect(existsSync(`${file}-reserve`)).toBe(true), patience);

      // From now on the system refuses every write of the server with an error that is not for lack of room.
      limitFileSize(server.pid, "1:unlimited");
      for (const jobId of ["refused-1", "refused-2"]) {
        const failure = await client.jobs.start({ jobId, jobType: "forever" }).catch(describeFailure);
        expect(failure).toMatchObject({ reason: "STORE_UNAVAILABLE" });
      }
      expect(await health.next()).toBe("not-serving");
      expect(await client.jobs.stop({ jobId: "before" }).catch(describeFailure)).toMatchObject({
        reason: "STORE_UNAVAILABLE",
      });
      expect((await client.jobs.getStatus({ jobId: "before" })).status?.state).toBe(JobState.RUNNING);

      limitFileSize(server.pid, "unlimited");
      expect(await health.next()).toBe("serving");
      await client.jobs.start({ jobId: "after", jobType: "forever" });

      // What was answered is there after a kill; what was refused is not.
      const ended = exited(server);
      server.kill("SIGKILL");
      await ended;
      const { address: again } = await serve("--store", `sqlite:${file}`);
      using restarted = createJobControlClient({ address: again });
      const { jobs } = await restarted.jobs.listJobs({});
      const ids = jobs.map(({ jobId }) => jobId);
      expect(ids).toEqual(expect.arrayContaining(["before", "after"]));
      expect(ids.filter((jobId) => jobId.startsWith("refused"))).toEqual([]);
    }, 60_000);
  },
);

function limitFileSize(pid: number | undefined, limit: string): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${limit}`], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`prlimit failed: ${stderr}`);
}
