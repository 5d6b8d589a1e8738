import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Builds the package that users install: `dist/`, compiled, with a `package.json` of its own. In the repository
 * everything runs from the TypeScript sources, so nothing there is ever stale; this is for `npm pack ./dist`.
 * With `--check` the packed tarball is also held against publint and attw.
 */
interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

build();
if (process.argv.includes("--check")) checkPackage();

function build(): void {
  rmSync("dist", { recursive: true, force: true });
  run("tsc", "-p", "tsconfig.build.json");
  writeFileSync("dist/package.json", `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  for (const path of ["README.md", "CHANGELOG.md", "LICENSE", "proto", "web/built"])
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
  return { ...kept, bin: mapValues(manifest.bin, compiled), exports: mapValues(manifest.exports, exported) };
}

function exported(path: string): string | { types: string; default: string } {
  if (!path.endsWith(".ts")) return path;
  return { types: path.replace(/\.ts$/, ".d.ts"), default: compiled(path) };
}

function compiled(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

function checkPackage(): void {
  run("publint", "--strict", "dist");
  const folder = mkdtempSync(join(tmpdir(), "jobcontrol-pack-"));
  try {
    const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder, "./dist"], {
      encoding: "utf8",
    });
    run("attw", "--profile", "esm-only", join(folder, packed.trim()));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(tool: string, ...args: string[]): void {
  execFileSync(`node_modules/.bin/${tool}`, args, { stdio: "inherit" });
}

function mapValues<T>(
  record: Readonly<Record<string, string>>,
  map: (value: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
