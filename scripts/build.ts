import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { checkPackage } from "./package/check.ts";
import { runTool } from "./run-tool.ts";

/**
 * Builds the package that users install: `dist/`, compiled, with a `package.json` of its own. In the repository
 * everything runs from the TypeScript sources, so nothing there is ever stale; this is for `npm pack ./dist`.
 * With `--check` the packed tarball is also held against what `scripts/package` knows.
 */
interface Manifest {
  readonly exports: Readonly<Record<string, Exported>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** A file, or one for each condition. */
type Exported = string | Readonly<Record<string, string>>;

/** For each condition of the package the declarations come first, as resolvers take what they find first. */
interface Published {
  readonly types: string;
  readonly default: string;
}

build();
if (process.argv.includes("--check")) await checkPackage("dist");

function build(): void {
  rmSync("dist", { recursive: true, force: true });
  runTool("tsc", ["-p", "tsconfig.build.json"]);
  writeFileSync("dist/package.json", `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  for (const path of ["README.md", "CHANGELOG.md", "LICENSE", "proto", "schema", "web/built"])
    cpSync(path, `dist/${path}`, { recursive: true });
  chmodSync("dist/src/cli/jobctl.js", 0o755);
}

/** The repository's manifest, less what only the repository needs, and pointing to what was compiled. */
function publishedManifest(): object {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const {
    private: _private,
    scripts: _scripts,
    devDependencies: _dev,
    allowScripts: _allow,
    ...kept
  } = manifest;
  return { ...kept, bin: mapValues(manifest.bin, compiled), exports: mapValues(manifest.exports, published) };
}

function published(exported: Exported): string | Published | Readonly<Record<string, string | Published>> {
  if (typeof exported === "string") return exported.endsWith(".ts") ? compiledWithTypes(exported) : exported;
  const { default: otherwise = "", ...conditions } = exported;
  return { ...mapValues(conditions, compiledWithTypes), ...compiledWithTypes(otherwise) };
}

function compiledWithTypes(path: string): Published {
  return { types: path.replace(/\.ts$/, ".d.ts"), default: compiled(path) };
}

function compiled(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
