import { isUtf8 } from "node:buffer";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { plainText } from "../../runner/plain-text.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import { ConfigurationError, errorOfAll } from "./configuration-error.ts";
import { isPlainObject } from "./expectation.ts";
import { parseJson } from "./parse-json.ts";
import { Lines, type ReadText } from "./positions.ts";
import { settled } from "./settled.ts";
import { thrownAt, unreadElsewhere } from "./thrown-at.ts";

/** Finds the configuration file and reads what it says, unchecked. */

const defaultNames = ["jobcontrol.config.ts", "jobcontrol.config.yaml", "jobcontrol.config.json"];

/** A configuration file that was asked for, and by what: a flag or an environment variable. */
export interface AskedFile {
  readonly path: string;
  readonly field: string;
}

/** The absolute path of the file that was asked for, or else of the first default one in `cwd`. */
export function findConfigFile(cwd: string, asked: AskedFile | undefined): string {
  if (asked !== undefined) {
    const file = resolve(cwd, asked.path);
    if (existsSync(file)) return file;
    throw new ConfigurationError({ field: asked.field }, `no such file: ${file}`);
  }
  const found = defaultNames.map((name) => resolve(cwd, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new ConfigurationError(
    {},
    `expected one of ${defaultNames.join(", ")} in ${cwd}, or --config FILE (jobctl init writes a first one)`,
  );
}

/**
 * What the file says: for a module its default export, or else its export named `config`, or a promise of it. The key
 * `$schema` of a text is its editor's, and left out.
 */
export async function readConfigFile(file: string): Promise<ReadText> {
  switch (extname(file)) {
    case ".ts":
    case ".mts":
    case ".js":
    case ".mjs":
      return { said: await importConfig(file), positions: new Map() };
    case ".yaml":
    case ".yml":
      return await readText(file, async (text) => {
        // Only here: who writes no YAML does not pay for the parser.
        const { parseYaml } = await import("./parse-yaml.ts");
        return parseYaml(text);
      });
    case ".json":
      return await readText(file, parseJson);
    default:
      throw new ConfigurationError(
        { file },
        "expected a file that ends in .ts, .mts, .js, .mjs, .yaml, .yml or .json",
      );
  }
}

async function importConfig(file: string): Promise<unknown> {
  const refuse = (error: unknown) => {
    throw new ConfigurationError(
      { file, ...thrownAt(error, file) },
      `cannot import it: ${thrownText(error)}${unreadElsewhere(error, file)}`,
      { cause: error },
    );
  };
  const { href } = pathToFileURL(file);
  const module: Record<string, unknown> = await settled(import(/* @vite-ignore */ href)).catch(refuse);
  const { config, default: said = config } = module;
  if (said !== undefined) return await settled(Promise.resolve(said)).catch(refuse);
  const names = Object.keys(module).join(", ") || "nothing";
  throw new ConfigurationError({ file }, `expected a default export, found ${names}`);
}

async function readText(
  file: string,
  parse: (text: string) => ReadText | Promise<ReadText>,
): Promise<ReadText> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new ConfigurationError({ file }, `cannot read it: ${thrownText(error)}`, { cause: error });
  });
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) {
    const first = new Lines(text).at(text.indexOf("\uFFFD"));
    throw new ConfigurationError({ file, ...first }, "expected UTF-8, found bytes that are none");
  }
  if (text.trim() === "") throw new ConfigurationError({ file }, "expected an object, found an empty file");
  if (text.length > longestText) {
    throw new ConfigurationError(
      { file },
      `expected at most ${longestText} characters, found ${text.length}`,
    );
  }
  try {
    const { said, positions } = await parse(text.replace(/^\uFEFF/, ""));
    return { said: withoutSchema(said), positions };
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [{ problem: thrownText(error) }];
    throw errorOfAll(
      problems.map((each) => ({ ...each, file, problem: plainText(each.problem, 500) })),
      { cause: error },
    );
  }
}

function withoutSchema(said: unknown): unknown {
  if (!isPlainObject(said)) return said;
  const { $schema: _, ...rest } = said;
  return rest;
}

/** More than a thousand job types need; it bounds what a parser can be made to do. */
const longestText = 1024 * 1024;
