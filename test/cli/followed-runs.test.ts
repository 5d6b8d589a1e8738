import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { freeAddress } from "../free-port.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runHere } from "./jobctl-here.ts";
import { exited, killAll, ready, start } from "./jobctl-process.ts";

/** How `jobctl logs --follow` ends, by what became of the run. */

afterAll(killAll);

const configuration = `store: sqlite:./jobs.db
types:
  lasts: { process: { command: [sh, -c, "echo begun; exec sleep 1000"] } }
  lasts-again: { process: { command: [sh, -c, "echo begun; exec sleep 1000"] }, onLost: restart }
  fails: { process: { command: [sh, -c, "echo oops; exit 3"] } }
  fails-silently: { process: { command: ["false"] } }
  works: { process: { command: [echo, done] } }
`;

async function serveIn(folder: TemporaryFolder, listen = "127.0.0.1:0") {
  const server = start(["serve", "--config", `${folder.path}/c.yaml`, "--listen", listen]);
  return { server, address: await ready(server) };
}

describe.concurrent("jobctl logs --follow", () => {
  it("ends with 5 where the run failed, as other waits do; without --follow it only reads", async () => {
    await using folder = await TemporaryFolder.with({ "c.yaml": configuration });
    const { address } = await serveIn(folder);
    const call = (...args: readonly string[]) => runHere([...args, "--address", address]);
    for (const job of ["fails", "fails-silently", "works"]) await call("start", job, "--wait");
    expect(await call("logs", "fails", "--follow")).toEqual({
      code: 5,
      stdout: expect.stringMatching(/stdout {2}oops\n$/),
      stderr: "jobctl: The run of fails did not succeed: failed\n",
    });
    expect(await call("logs", "fails-silently", "--follow")).toMatchObject({ code: 5, stdout: "" });
    expect(await call("logs", "works", "--follow")).toMatchObject({ code: 0, stderr: "" });
    expect(await call("logs", "fails")).toMatchObject({ code: 0, stderr: "" });
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "ends with 5 and says so where the run was lost with its server, also where another has begun: %s",
    async (signal) => {
      await using folder = await TemporaryFolder.with({ "c.yaml": configuration });
      const { server, address } = await serveIn(folder, await freeAddress());
      const followers = [];
      for (const job of ["lasts", "lasts-again"]) {
        await runHere(["start", job, "--address", address]);
        const follower = start(["logs", job, "--follow", "--address", address]);
        const lines = createInterface(follower.stdout)[Symbol.asyncIterator]();
        expect((await lines.next()).value).toMatch(/begun$/);
        followers.push({ job, ended: Promise.all([exited(follower), text(follower.stderr)]) });
      }
      const gone = exited(server);
      server.kill(signal);
      await gone;
      await serveIn(folder, address);
      for (const { job, ended } of followers) {
        const [code, stderr] = await ended;
        expect(stderr).toContain(`jobctl: The run of ${job} was lost with its server`);
        expect(code).toBe(5);
      }
    },
  );
});
