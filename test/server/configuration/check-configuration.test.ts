import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkConfiguration } from "../../../src/server/configuration/check-configuration.ts";
import type { ConfigurationSources } from "../../../src/server/configuration/load-configuration.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

describe("checkConfiguration()", () => {
  it("finds nothing wrong with what can be served", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": `store: "sqlite:./data/jobs.db"
types:
  a: { function: ./jobs/run.ts }
  b: { thread: ./jobs/run.ts }
  c: { process: { command: [ls], cwd: data } }`,
      "jobs/run.ts": "export function run(): void {}",
      "data/x": "",
    });
    const report = await check(folder);
    expect(report).toMatchObject({ problems: [], warnings: [] });
    expect(report.configuration?.types.map(({ type }) => type.name)).toEqual(["a", "b", "c"]);
  });

  it("loads the modules of threads, which a start leaves to their first run", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": `types:
  good: { thread: ./good.ts }
  none: { thread: ./none.ts }
  other: { thread: { module: ./other.mjs } }
  broken: { thread: ./broken.mjs }
  exits: { thread: ./exits.mjs }
  fallback: { thread: ./good.ts, fallback: { thread: ./other.mjs } }`,
      "good.ts": "console.log('loaded'); export const run = (): void => {};",
      "other.mjs": "export const main = 5;",
      "broken.mjs": "throw new TypeError('no key');",
      "exits.mjs": "process.exit(3);",
    });
    const { problems } = await check(folder);
    expect(problems.map(({ line, field, problem }) => [line, field, problem])).toEqual([
      [3, "types.none.thread", `no such file: ${join(folder.path, "none.ts")}`],
      [4, "types.other.thread", "expected a module that exports run(ctx), found one that exports main"],
      [5, "types.broken.thread", "cannot import it: TypeError: no key"],
      [6, "types.exits.thread", "cannot import it: it ended its thread, with 3"],
      [7, "types.fallback.fallback.thread", expect.stringContaining("exports main")],
    ]);
  });

  it("looks whether a store can be where it is to be, and names who says so", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": "log: json\nstore: sqlite:./nowhere/a.db\n",
      "folder/x": "",
    });
    const missing = `no such folder: ${join(folder.path, "nowhere")}`;
    const file = join(folder.path, "c.yaml");
    expect((await check(folder)).problems).toEqual([
      { file, line: 2, column: 1, field: "store", problem: missing },
    ]);
    const flags = { store: "sqlite:./nowhere/b.db" };
    expect((await check(folder, { flags })).problems).toEqual([{ field: "--store", problem: missing }]);
    const env = { JOBCONTROL_STORE: "sqlite:folder" };
    expect((await check(folder, { env })).problems).toEqual([
      { field: "JOBCONTROL_STORE", problem: `not a file: ${join(folder.path, "folder")}` },
    ]);
    expect((await check(folder, { flags: { store: "memory:" } })).problems).toEqual([]);
  });

  it("warns of programs and folders that are not there now", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": `types:
  bare: { process: { command: [no-such-program] } }
  path: { process: { command: [./run.sh] } }
  plain:
    process:
      command: [./plain.sh]
      cwd: nowhere`,
      "run.sh": "#!/bin/sh\n",
      "plain.sh": "",
    });
    await chmod(join(folder.path, "run.sh"), 0o755);
    const { problems, warnings } = await check(folder);
    expect(problems).toEqual([]);
    expect(warnings.map(({ line, field, problem }) => [line, field, problem])).toEqual([
      [2, "types.bare.process.command[0]", "no such program, or none that may be run: no-such-program"],
      [6, "types.plain.process.command[0]", "no such program, or none that may be run: ./plain.sh"],
      [7, "types.plain.process.cwd", `no such folder: ${join(folder.path, "nowhere")}`],
    ]);
  });

  it("tells what a start would be refused for", async () => {
    await using folder = await TemporaryFolder.with({ "c.yaml": "log: xml\nrate: fast" });
    const report = await check(folder);
    expect(report.configuration).toBeUndefined();
    expect(report.problems.map(({ field }) => field)).toEqual(["log", "rate"]);
  });
});

function check(folder: TemporaryFolder, sources: Partial<ConfigurationSources> = {}) {
  return checkConfiguration({ file: "c.yaml", cwd: folder.path, env: {}, flags: {}, ...sources });
}
