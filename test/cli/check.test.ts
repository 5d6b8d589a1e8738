import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runHere } from "./jobctl-here.ts";
import { killAll, run } from "./jobctl-process.ts";

afterAll(killAll);

const module = "setInterval(() => {}, 1000); export const run = () => {};";

describe.concurrent("jobctl serve --check", () => {
  it("ends with 0 where all is well, whatever the modules have left going on", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": "types: { a: { function: ./a.mjs } }",
      "a.mjs": module,
    });
    const file = join(folder.path, "c.yaml");
    expect(await run(["serve", "--config", file, "--check"])).toEqual({
      code: 0,
      stdout: `${file} can be served: 1 job type\n`,
      stderr: "",
    });
  });

  it("says where a function's module cannot be read, and that another one never comes to its end", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": "types:\n  a: { function: ./a.ts }\n  b: { function: ./b.mjs }\n",
      "a.ts": "export const run = () => {\n  let x = ;\n};\n",
      "b.mjs": "await new Promise(() => {});",
    });
    const { code, stderr } = await run(["serve", "--config", join(folder.path, "c.yaml"), "--check"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /c\.yaml:2:8: types\.a\.function: cannot import it: SyntaxError: .*, at .*a\.ts:2\n/,
    );
    expect(stderr).toMatch(/c\.yaml:3:8: types\.b\.function: .* waits for what never comes\n/);
  });

  it.each([
    ["outside of any package", {}],
    ["in a package of ES modules", { "package.json": '{ "type": "module" }' }],
  ])("tells the line where TypeScript cannot be read, also of what it imports: %s", async (_where, files) => {
    await using folder = await TemporaryFolder.with({
      ...files,
      "c.ts": "const one: number = 1;\nexport default { types: { a: } };\n",
      "d.ts": 'import { run } from "./jobs/a.ts";\nexport default { types: { a: { run } } };\n',
      "e.yaml": "types: { a: { function: ./jobs/b.ts } }\n",
      "jobs/a.ts": "export const run = () => {\n  let x = ;\n};\n",
      "jobs/b.ts": 'export { run } from "./a.ts";\n',
    });
    const check = (file: string) => run(["serve", "--check", "--config", join(folder.path, file)]);
    expect((await check("c.ts")).stderr).toMatch(/\/c\.ts:2: cannot import it: SyntaxError: [^,]*\n/);
    const further = /: cannot import it: SyntaxError: .*, at \/.*\/jobs\/a\.ts:2\n/;
    expect((await check("d.ts")).stderr).toMatch(further);
    expect((await check("e.yaml")).stderr).toMatch(further);
  });

  it("warns on stderr, and ends with 0 all the same", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": "types: { a: { process: { command: [no-such] } } }",
    });
    const file = join(folder.path, "c.yaml");
    expect(await run(["serve", "--config", file, "--check"])).toMatchObject({
      code: 0,
      stderr: `Warning: ${file}:1:36: types.a.process.command[0]: no such program, or none that may be run: no-such\n`,
    });
  });

  it("tells all that is wrong, a line each, and ends with 2", async () => {
    await using folder = await TemporaryFolder.with({ "c.yaml": "lgo: json\nrate: fast\n" });
    const file = join(folder.path, "c.yaml");
    expect(await runHere(["serve", "--config", file, "--check"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `jobctl: Invalid configuration: 2 problems
  ${file}:1:1: lgo: unknown key, did you mean log?
  ${file}:2:1: rate: expected unlimited, or an object with perSecond, burst, found "fast"
`,
    });
  });

  it("tells the same as one document, on stdout, with --json", async () => {
    await using folder = await TemporaryFolder.with({
      "good.yaml": "types: { a: { process: { command: [no-such] } } }",
      "bad.yaml": "log: xml",
    });
    const [good, bad] = [join(folder.path, "good.yaml"), join(folder.path, "bad.yaml")];
    const well = await run(["serve", "--config", good, "--check", "--json"]);
    expect(well).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(well.stdout)).toEqual({
      ok: true,
      file: good,
      types: ["a"],
      problems: [],
      warnings: [
        {
          file: good,
          line: 1,
          column: 36,
          field: "types.a.process.command[0]",
          problem: "no such program, or none that may be run: no-such",
        },
      ],
    });
    const ill = await run(["serve", "--config", bad, "--check", "--json"]);
    expect(ill).toMatchObject({ code: 2, stderr: "" });
    expect(JSON.parse(ill.stdout)).toEqual({
      ok: false,
      file: bad,
      problems: [
        { file: bad, line: 1, column: 1, field: "log", problem: 'expected pretty or json, found "xml"' },
      ],
      warnings: [],
    });
  });

  /** In a process of its own, as a test's tool would load modules in a way of its own. */
  it.each([
    [
      "the line that cannot be read",
      "c.ts",
      "export default {\n  log: 5,\n  rate: {\n};\n",
      "c.ts:4: cannot import it: SyntaxError: ",
    ],
    [
      "the place from which something was thrown, whatever the message looks like",
      "c.mjs",
      'const file = import.meta.url;\nthrow new Error("no, not at " + file + ":99:9");\n',
      "c.mjs:2:7: cannot import it: no, not at ",
    ],
    [
      "that it never comes to its end",
      "c.mjs",
      "await new Promise(() => {});",
      "c.mjs: cannot import it: it waits for what never comes",
    ],
    [
      "that what it promises never comes",
      "c.mjs",
      "export default new Promise(() => {});",
      "c.mjs: cannot import it: it waits for what never comes",
    ],
    ["no line where Node tells none", "c.mjs", "import './none.mjs';\n", "c.mjs: cannot import it: "],
    [
      "no line for a field that code has made",
      "c.mjs",
      "\nexport default { log: 'xml' };",
      "c.mjs: log: expected pretty",
    ],
  ])("names, of a module, %s", async (_, name, text, told) => {
    await using folder = await TemporaryFolder.with({ [name]: text });
    const { code, stderr } = await run(["serve", "--config", join(folder.path, name), "--check"]);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });
});
