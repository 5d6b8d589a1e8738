import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schemaVersion } from "../../src/engine/local/sqlite/schema.ts";
import { runHere } from "./jobctl-here.ts";
import { config, exited, killAll, type Served, serve } from "./jobctl-process.ts";
import configuration from "./served.config.ts";

const folder = mkdtempSync(join(tmpdir(), "jobcontrol-db-"));
const file = join(folder, "jobs.db");
let served: Served;

beforeAll(async () => {
  served = await serve("--store", `sqlite:${file}`);
});
afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

function db(verb: string, ...args: readonly string[]) {
  return runHere(["db", verb, ...args, "--store", `sqlite:${file}`]);
}

describe("jobctl db", () => {
  it("checks a store that is served", async () => {
    const jobs = Object.keys(configuration.types ?? {}).length;
    const counts = `${jobs} jobs, ${jobs} changes, 0 runs, 0 receipts, 0 pending`;
    expect(await db("check")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^Sound: ${file}: ${counts}; \\d\\.\\d MB, schema ${schemaVersion}\\n$`),
      ),
      stderr: "",
    });
    expect(JSON.parse((await db("check", "--json")).stdout)).toMatchObject({
      file,
      schema: schemaVersion,
      jobs,
    });
  });

  it("copies a store that is served, and overwrites nothing", async () => {
    const copy = join(folder, "copy.db");
    expect(await db("backup", copy)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^Backed up to ${copy}: \\d\\.\\d MB\\n$`)),
    });
    expect(await db("backup", copy)).toEqual({
      code: 3,
      stdout: "",
      stderr: `jobctl: There is a file already: ${copy}\n`,
    });
  });

  it("compacts a store, but not while it is served", async () => {
    expect(await db("compact")).toEqual({
      code: 3,
      stdout: "",
      stderr: `jobctl: Store is in use by process ${served.server.pid}: ${file}\n`,
    });
    const ended = exited(served.server);
    served.server.kill("SIGTERM");
    await ended;
    expect(await db("compact")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Compacted: /) });
  });

  it("says that a store in memory has no file", async () => {
    expect(await runHere(["db", "check", "--config", config])).toEqual({
      code: 2,
      stdout: "",
      stderr: "jobctl: The store is memory:, which has no file\n",
    });
  });
});
