import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { JobContext } from "../../src/index.ts";
import { loadConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runHere } from "./jobctl-here.ts";
import { killAll, ready, run, start } from "./jobctl-process.ts";

afterAll(killAll);

const modules = { "package.json": '{ "type": "module" }' };

function load(folder: TemporaryFolder) {
  return loadConfiguration({ cwd: folder.path, env: {}, flags: {} });
}

describe.concurrent("jobctl init", () => {
  it.each([
    ["TypeScript in a package of ES modules", modules, "jobcontrol.config.ts", "jobs/hello.ts"],
    ["YAML where there is no package", {}, "jobcontrol.config.yaml", "jobs/hello.mts"],
    ["YAML in a package of CommonJS", { "package.json": "{}" }, "jobcontrol.config.yaml", "jobs/hello.mts"],
  ])("writes %s", async (_name, files, configuration, module) => {
    await using folder = await TemporaryFolder.with(files);
    const { code, stdout } = await runHere(["init", folder.path, "--json"]);
    const written = [join(folder.path, configuration), join(folder.path, module)];
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ written });
    const { types, file } = await load(folder);
    expect(file).toBe(written[0]);
    expect(types.map(({ type }) => type.name)).toEqual(["hello"]);
  });

  it("writes what is asked for, in a folder that it makes", async () => {
    await using folder = await TemporaryFolder.with(modules);
    const path = join(folder.path, "new/service");
    expect(await runHere(["init", path, "--format", "yaml"])).toMatchObject({ code: 0 });
    expect(existsSync(join(path, "jobcontrol.config.yaml"))).toBe(true);
    expect(existsSync(join(path, "jobs/hello.ts"))).toBe(true);
  });

  it("leads an editor to the schema, where the package is installed", async () => {
    const schema = "node_modules/jobcontrol/schema/config.schema.json";
    await using folder = await TemporaryFolder.with({ [schema]: "{}" });
    await runHere(["init", folder.path]);
    const text = readFileSync(join(folder.path, "jobcontrol.config.yaml"), "utf8");
    expect(text).toContain(`# yaml-language-server: $schema=./${schema}\n\n# Where the service listens.`);
    expect((await load(folder)).types).toHaveLength(1);
  });

  it.each(["ts", "yaml"])("writes no comment in %s that would not be taken", async (format) => {
    await using folder = await TemporaryFolder.with(modules);
    await runHere(["init", folder.path, "--format", format]);
    const file = join(folder.path, `jobcontrol.config.${format}`);
    const text = readFileSync(file, "utf8");
    // Settings begin with a small letter or a quote, sentences with a capital.
    const all = text.replaceAll(/^( *)(?:\/\/|#) ("?[a-z][\w-]*"?: )/gm, "$1$2");
    expect(all.split("\n").filter((line, at) => line !== text.split("\n")[at])).toHaveLength(11);
    writeFileSync(file, all);
    const { types } = await load(folder);
    expect(types.map(({ type }) => type.name)).toEqual(["hello", "disk-report"]);
  });

  it("writes a job that counts, tells how far it is, and greets", async () => {
    await using folder = await TemporaryFolder.with(modules);
    await runHere(["init", folder.path]);
    const module = (await import(pathToFileURL(join(folder.path, "jobs/hello.ts")).href)) as {
      run: (ctx: Partial<JobContext>) => Promise<unknown>;
    };
    const told: unknown[] = [];
    const context = {
      input: { name: "Ada" },
      log: (text: string) => told.push(text),
      progress: (update: object) => told.push(update),
      sleep: async () => {},
    };
    expect(await module.run(context)).toEqual({ greeting: "Hello Ada" });
    expect(told).toHaveLength(11);
    expect(told.at(-2)).toEqual({ current: 10, total: 10, unit: "steps" });
    expect(told.at(-1)).toBe("Said hello to Ada");
  });

  it("writes what is served, without a word of warning", async () => {
    await using folder = await TemporaryFolder.create();
    await runHere(["init", folder.path]);
    const file = join(folder.path, "jobcontrol.config.yaml");
    const server = start(["serve", "--config", file, "--listen", "127.0.0.1:0", "--json"]);
    let said = "";
    server.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const address = await ready(server);
    expect(await run(["start", "hello", "--address", address])).toMatchObject({ code: 0 });
    expect(said).not.toMatch(/warn/i);
  });

  it.each(["jobcontrol.config.ts", "jobcontrol.config.json", "jobs/hello.ts"])(
    "writes nothing where there is a %s already",
    async (name) => {
      await using folder = await TemporaryFolder.with({ ...modules, [name]: "mine" });
      const ended = await runHere(["init", folder.path]);
      expect(ended).toMatchObject({ code: 2, stdout: "" });
      expect(ended.stderr).toContain(
        `There is a file already: ${join(folder.path, name)} (nothing is overwritten`,
      );
      expect(readFileSync(join(folder.path, name), "utf8")).toBe("mine");
      const others = ["jobcontrol.config.ts", "jobcontrol.config.yaml", "jobs/hello.ts"].filter(
        (other) => other !== name && existsSync(join(folder.path, other)),
      );
      expect(others).toEqual([]);
    },
  );

  it("writes no TypeScript where it would not be loaded, and says what to do", async () => {
    await using folder = await TemporaryFolder.with({ "package.json": '{ "type": "commonjs" }' });
    expect(await runHere(["init", folder.path, "--format", "ts"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("npm pkg set type=module, or take --format yaml"),
    });
    expect(existsSync(join(folder.path, "jobcontrol.config.ts"))).toBe(false);
  });

  const mayAnything = process.getuid?.() === 0;
  it.skipIf(mayAnything)(
    `says so where it may not write${mayAnything ? ": root may anywhere" : ""}`,
    async () => {
      await using folder = await TemporaryFolder.create();
      chmodSync(folder.path, 0o500);
      const ended = await runHere(["init", folder.path]);
      chmodSync(folder.path, 0o700);
      expect(ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^jobctl: Cannot write: EACCES/),
      });
    },
  );

  it.runIf(existsSync("/proc/self"))(
    "says so where no folder can be made, instead of trying for ever",
    async () => {
      const ended = await runHere(["init", "/proc/self/new/service"]);
      const problem = "no folder can be made in /proc/self: /proc/self/new";
      expect(ended).toEqual({ code: 1, stdout: "", stderr: `jobctl: Cannot write: ${problem}\n` });
    },
  );

  it("says what to do next in words that a shell understands", async () => {
    await using folder = await TemporaryFolder.create();
    const path = join(folder.path, "it's new");
    const { stdout } = await runHere(["init", path, "--json"]);
    const [cd] = (JSON.parse(stdout) as { next: string[] }).next;
    expect(cd).toMatch(/^cd '.*'$/);
    expect(execFileSync("sh", ["-c", `${cd} && pwd`], { encoding: "utf8" })).toBe(`${path}\n`);
  });

  it("says what to do next", async () => {
    await using folder = await TemporaryFolder.create();
    const { stdout } = await run(["init", folder.path], { env: { npm_command: "exec" } });
    expect(stdout).toMatch(
      /^Wrote .*\. Now:\n {2}cd .*\n {2}npx jobctl serve .*\n {2}npx jobctl start hello --wait .*\n/,
    );
  });
});
