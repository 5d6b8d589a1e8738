import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { killAll, serve } from "../cli/jobctl-process.ts";
import { patience } from "../patience.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { transcribed } from "./transcribed.ts";
import { blocksOf, progressOf, type Step, shapeOf, stepsOf } from "./transcript.ts";
import { typed } from "./typed.ts";

/** What the documents show was run: here it is run again, and must look the same. */
const readme = readFileSync("README.md", "utf8");
const served = ["--config", "examples/quickstart/jobcontrol.config.ts", "--store", "memory:"];

/** A look is a process: not at every moment. */
const slowly = { ...patience, interval: 300 };

const readsOnly = /jobctl (list|status|watch)/;

afterAll(killAll);

describe.each(transcribed)("The transcripts of %s", (document) => {
  const steps = stepsOf(readFileSync(document, "utf8"));
  const progress = new Set<string>();
  let address: string;

  beforeAll(async () => {
    ({ address } = await serve(...served));
  });

  it.each(steps.map((step): [string, Step] => [step.command, step]))("$ %s", async (command, { output }) => {
    const shown = shapeOf(output);
    const cut = shown.findIndex((line) => line.trim() === "…");
    const look = async () => {
      const printed = await typed(command, { address });
      for (const line of progressOf(printed)) progress.add(line);
      if (output.length === 0) expect(printed).toMatch(/^\{/);
      else if (cut < 0) expect(shapeOf(printed)).toEqual(shown);
      else expect(shapeOf(printed).slice(0, cut)).toEqual(shown.slice(0, cut));
    };
    // What is seen of jobs that go on by themselves depends on the moment: a look may be taken again.
    if (readsOnly.test(command)) await vi.waitFor(look, slowly);
    else await look();
  });

  it("tell of progress as it is told", () => {
    const shown = steps.flatMap(({ output }) => progressOf(output));
    expect([...progress]).toEqual(expect.arrayContaining(shown));
  });
});

describe.each([
  ["README.md", readme, /^true\n\d+ \.\n$/],
  ["docs/client.md", readFileSync("docs/client.md", "utf8"), /^\d+ \.\nNOT_FOUND JOB_NOT_FOUND nobody\n$/],
])("The TypeScript of %s", (_, markdown, prints) => {
  const file = resolve("test/readme/snippet.temporary.ts");

  afterAll(() => rm(file, { force: true }));

  it("runs to its end", async () => {
    const { address } = await serve(...served);
    const [code = ""] = blocksOf(markdown, "ts");
    await writeFile(file, code.replaceAll("127.0.0.1:50051", address));
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(stdout).toMatch(prints);
  });
});

describe("The configuration of README.md", () => {
  it("can be used as it stands", async () => {
    const [yaml = ""] = blocksOf(readme, "yaml");
    await using folder = await TemporaryFolder.with({
      "jobcontrol.config.yaml": yaml,
      "jobs/send-email.ts": "export async function run() {}",
    });
    const { types } = await loadConfiguration({ cwd: folder.path, env: {}, flags: {} });
    expect(types.map(({ type: { name } }) => name)).toEqual(["nightly-sync", "send-email"]);
  });
});
