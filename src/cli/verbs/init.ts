import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { CliError, exitCode } from "../exit-code.ts";
import { type Format, firstConfiguration, firstJob } from "../init/first-files.ts";
import { makeFolder } from "../make-folder.ts";
import { jsonText } from "../output/json-text.ts";
import { print } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { problemOf } from "../problem.ts";

export interface InitOptions {
  /** Unset: TypeScript, where modules of the folder are such; else YAML, which needs no package. */
  readonly format?: Format;
  readonly json?: boolean;
}

/** Writes a first configuration and a first job, and says what to do with them. Overwrites nothing. */
export function init(folder = ".", { format, json = false }: InitOptions): void {
  const root = resolve(folder);
  const isModule = packageType(root) === "module";
  const chosen = format ?? (isModule ? "ts" : "yaml");
  if (chosen === "ts" && !isModule) {
    const instead = `npm pkg set type=module, or take --format yaml`;
    throw new CliError(
      exitCode.usage,
      `jobcontrol.config.ts needs "type": "module" in package.json: ${instead}`,
    );
  }
  // Outside of such a package only the extension says that it is a module.
  const module = isModule ? "jobs/hello.ts" : "jobs/hello.mts";
  const configuration = `jobcontrol.config.${chosen}`;
  refuseExisting(root, [...configurationNames, module]);
  write(join(root, module), firstJob);
  const schema = existsSync(join(root, installedSchema)) ? installedSchema : undefined;
  write(join(root, configuration), firstConfiguration(chosen, { module: `./${module}`, schema }));
  tell({ root, written: [configuration, module], json });
}

/** What the nearest manifest says of the modules in a folder; undefined where there is none, or it says nothing. */
function packageType(folder: string): unknown {
  const manifest = join(folder, "package.json");
  if (existsSync(manifest)) {
    try {
      return (JSON.parse(readFileSync(manifest, "utf8")) as { type?: unknown }).type;
    } catch {
      // It is not for us to say what is wrong with it: YAML does not depend on it.
      return undefined;
    }
  }
  return dirname(folder) === folder ? undefined : packageType(dirname(folder));
}

function refuseExisting(root: string, names: readonly string[]): void {
  const found = names.find((name) => existsSync(join(root, name)));
  if (found === undefined) return;
  const hint = "nothing is overwritten; take another folder: jobctl init FOLDER";
  throw new CliError(exitCode.usage, `There is a file already: ${join(root, found)} (${hint})`);
}

function write(file: string, text: string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw new CliError(exitCode.refused, `Cannot write: ${problemOf(error)}`);
  }
}

function tell({ root, written, json }: { root: string; written: readonly string[]; json: boolean }): void {
  const { npm_command: npmCommand } = process.env;
  const jobctl = npmCommand === "exec" ? "npx jobctl" : "jobctl";
  const folder = relative(process.cwd(), root);
  const next = [
    ...(folder === "" ? [] : [[`cd ${forShell(folder)}`, ""]]),
    [`${jobctl} serve`, "runs the service, until Ctrl-C"],
    [`${jobctl} start hello --wait`, "in another terminal: starts the job, follows it"],
    [`${jobctl} top`, "shows all jobs, and stops them"],
  ] as const;
  if (json) {
    const files = written.map((name) => join(root, name));
    print(jsonText({ written: files, next: next.map(([command]) => command) }, 2));
    return;
  }
  const width = Math.max(...next.map(([command = ""]) => command.length));
  print(`Wrote ${written.map((name) => join(folder, name)).join(" and ")}. Now:`);
  print(...next.map(([command = "", what = ""]) => `  ${command.padEnd(width)}  ${dim(what)}`.trimEnd()));
}

/** As one word of a command line, whatever it has in it. */
function forShell(word: string): string {
  return /^[\w./@%+:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const installedSchema = "./node_modules/jobcontrol/schema/config.schema.json";
const configurationNames = ["jobcontrol.config.ts", "jobcontrol.config.yaml", "jobcontrol.config.json"];
