import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { checkedConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { parseYaml } from "../../src/server/configuration/parse-yaml.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { type Block, blocksIn, commandsIn, documents } from "./documents.ts";
import { type Fate, fateOf, staleFates } from "./fates.ts";
import { helpOf } from "./jobctl-help.ts";
import { transcribed } from "./transcribed.ts";

/**
 * No snippet of a document is there that nobody looks at: each is run, or compiled, or checked by what its language allows, or
 * `fates.ts` says what it is instead.
 */
const blocks = documents.flatMap(blocksIn);
const run = promisify(execFile);

describe.each(documents.map((document) => [document, blocksIn(document)] as const))(
  "The snippets of %s",
  (document, ofDocument) => {
    it.each(ofDocument.map((block) => [titleOf(block), block] as const))("%s", async (_, block) => {
      const fate = fateOf(block);
      if (fate !== undefined && !("after" in fate)) return await look(fate);
      await checkByLanguage(block);
    });

    it("are those that are known", () => {
      expect(staleFates(document, ofDocument)).toEqual([]);
    });
  },
);

describe("The TypeScript of the documents", () => {
  const folder = resolve("test/readme/snippets.temporary");

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("compiles", async () => {
    await mkdir(folder, { recursive: true });
    const names = new Map<string, string>();
    for (const [index, block] of blocks.entries()) {
      const fate = fateOf(block);
      if (block.language !== "ts" || (fate !== undefined && !("after" in fate))) continue;
      const before = fate === undefined ? "" : fate.after.replaceAll(/\s*\n\s*/g, " ");
      names.set(`snippet-${index}.ts`, titleOf(block));
      // On one line, so that the numbers of the lines are those of the snippet, one more.
      await writeFile(join(folder, `snippet-${index}.ts`), `${before}\n${block.text}\nexport {};\n`);
    }
    // Some are for pages.
    const lib = ["es2024", "esnext.disposable", "dom"];
    const options = { rootDir: "../../..", noUnusedLocals: false, lib };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../../tsconfig.json", compilerOptions: options, include: ["*.ts"] }),
    );
    const compiled = run("node_modules/.bin/tsc", ["-p", folder]);
    const { stdout } = await compiled.catch((failed: { stdout: string }) => failed);
    const told = stdout.replaceAll(/\S*(snippet-\d+\.ts)/g, (_, name: string) => names.get(name) ?? name);
    expect(told).toBe("");
    expect(names.size).toBeGreaterThan(3);
  });
});

/** Whatever is shown of `jobctl` is what it takes, also where the snippet itself is not run. */
describe("The commands of the documents", () => {
  const commands = blocks.flatMap((block) =>
    jobctlCommandsIn(block).map((command) => [command, block] as const),
  );

  it.each(commands)("%s", async (command, block) => {
    const [verb = "", ...rest] = wordsOf(command);
    const help = await helpOf(verb === "db" || verb === "context" ? [verb, rest[0] ?? ""] : [verb]);
    const options = rest.flatMap((word) => /^(--[a-z-]+)/.exec(word)?.[1] ?? []);
    const unknown = options.filter((option) => !new RegExp(`${option}\\b`).test(help));
    expect(unknown, titleOf(block)).toEqual([]);
  });
});

async function look(fate: Fate): Promise<void> {
  if ("ranBy" in fate) expect(existsSync(fate.ranBy), fate.ranBy).toBe(true);
}

async function checkByLanguage({ document, language, text }: Block): Promise<void> {
  switch (language) {
    case "ts":
      // All of them are compiled together, below.
      return;
    case "yaml":
      return await checkConfiguration(text);
    case "json":
      JSON.parse(text);
      return;
    case "sh":
      await run("sh", ["-n", "-c", text]);
      return;
    case "":
      expect(transcribed, "run by transcripts.test.ts, or named in fates.ts").toContain(document);
      expect(text).toMatch(/^\$ /m);
      return;
    default:
      expect.fail(`Nobody looks at ${language}: say in fates.ts what becomes of it`);
  }
}

/** It can be used as it stands, with modules that export what they have to. */
async function checkConfiguration(yaml: string): Promise<void> {
  const { said } = parseYaml(yaml);
  const modules = Array.from(yaml.matchAll(/\.\/([\w/-]+\.(?:ts|js))\b/g), ([, path = ""]) => path);
  const files = modules.map((path) => [path, "export function run() {}"]);
  await using folder = await TemporaryFolder.with(Object.fromEntries(files));
  await checkedConfiguration(said, { folder: folder.path });
}

function jobctlCommandsIn(block: Block): string[] {
  const typed =
    block.language === "" || block.language === "sh" ? [...commandsIn(block), ...block.text.split("\n")] : [];
  const commands = typed.flatMap(
    (line) => /^(?:\$ )?(?:[A-Z_]+=\S+ )?(?:npx )?jobctl +(.+)$/.exec(line)?.[1] ?? [],
  );
  return [...new Set(commands)];
}

/** Up to what a shell would do with it; a synopsis has brackets around what may be left out. */
function wordsOf(command: string): string[] {
  const words = command.split(/ [;|&] ?/)[0]?.match(/'[^']*'|"[^"]*"|[^\s[\]]+/g) ?? [];
  return [...words];
}

function titleOf({ document, line, text }: Block): string {
  return `${document}:${line} ${text.split("\n")[0]?.slice(0, 60)}`;
}
