import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { killAll, serve } from "../cli/jobctl-process.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { blocksOf, progressOf, type Step, shapeOf, stepsOf } from "./transcript.ts";

/** What the documents show was run: here it is run again, and must look the same. */
const readme = readFileSync("README.md", "utf8");
const doors = readFileSync("docs/doors.md", "utf8");
const quickstart = readFileSync("examples/quickstart/README.md", "utf8");
const served = ["--config", "examples/quickstart/jobcontrol.config.ts", "--store", "memory:"];

/** How the documents call what stands in this checkout. `grpcurl` is no package: `buf curl` does what it is shown to do. */
const prelude = `
npx() { if [ "$1" = jobctl ]; then shift; node src/cli/jobctl.js "$@"; else "$@"; fi; }
grpcurl() { buf curl --protocol grpc --http2-prior-knowledge -d "$3" "http://$4/$5"; }
`;

const readsOnly = /jobctl (list|status|watch)/;

afterAll(killAll);

/** Types a command as a reader would, at a server of its own; stdout and stderr as a terminal shows them. */
async function type(command: string, address: string): Promise<string> {
  const { PATH = "" } = process.env;
  const path = [resolve("node_modules/.bin"), PATH].join(delimiter);
  const env = { ...process.env, PATH: path, JOBCONTROL_ADDRESS: address, NO_COLOR: "1" };
  const script = `${prelude}{ ${command.replaceAll("127.0.0.1:50051", address)}\n} 2>&1`;
  const ended = promisify(execFile)("sh", ["-c", script], { env });
  const { stdout } = await ended.catch((failed: { stdout: string }) => failed);
  return stdout;
}

describe.each([
  ["README.md", readme],
  ["examples/quickstart/README.md", quickstart],
  ["docs/doors.md", doors],
])("The transcripts of %s", (_, markdown) => {
  const steps = stepsOf(markdown);
  const progress = new Set<string>();
  let address: string;

  beforeAll(async () => {
    ({ address } = await serve(...served));
  });

  it.each(steps.map((step): [string, Step] => [step.command, step]))("$ %s", async (command, { output }) => {
    const shown = shapeOf(output);
    const cut = shown.findIndex((line) => line.trim() === "…");
    const look = async () => {
      const printed = await type(command, address);
      for (const line of progressOf(printed)) progress.add(line);
      if (output.length === 0) expect(printed).toMatch(/^\{/);
      else if (cut < 0) expect(shapeOf(printed)).toEqual(shown);
      else expect(shapeOf(printed).slice(0, cut)).toEqual(shown.slice(0, cut));
    };
    // What is seen of jobs that go on by themselves depends on the moment: a look may be taken again.
    if (readsOnly.test(command)) await vi.waitFor(look, { timeout: 15_000 });
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

  it("compiles, and runs to its end", async () => {
    const { address } = await serve(...served);
    const [code = ""] = blocksOf(markdown, "ts");
    await writeFile(file, code.replaceAll("127.0.0.1:50051", address));
    const node = promisify(execFile);
    await node("node_modules/.bin/tsc", ["-p", "test/readme/tsconfig.json"]);
    const { stdout } = await node(process.execPath, [file]);
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
