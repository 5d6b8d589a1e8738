// Generates the TypeScript in gen/ from proto/ and from the protos that our gRPC packages ship.
//
//   node scripts/generate.ts           brings gen/ up to date
//   node scripts/generate.ts --check   changes nothing; exits 1 and names the files that are out of date
//
// Needs no network. Third-party protos are read from node_modules each time and never copied into the repository.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { staleFiles } from "./stale-files.ts";

const root = resolve(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

/** Import path of each third-party proto → where its package keeps it, below node_modules. */
const thirdParty = {
  "google/rpc/status.proto": "google-gax/build/protos/google/rpc/status.proto",
  "google/rpc/error_details.proto": "google-gax/build/protos/google/rpc/error_details.proto",
  "grpc/health/v1/health.proto": "grpc-health-check/proto/health/v1/health.proto",
  "grpc/reflection/v1/reflection.proto": "@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto",
  "grpc/reflection/v1alpha/reflection.proto":
    "@grpc/reflection/build/proto/grpc/reflection/v1alpha/reflection.proto",
};

const work = mkdtempSync(join(tmpdir(), "jobcontrol-generate-"));
try {
  process.exitCode = main(process.argv.includes("--check"));
} finally {
  rmSync(work, { recursive: true });
}

function main(checkOnly: boolean): number {
  const inputs = join(work, "proto");
  const fresh = join(work, "gen");
  const current = join(root, "gen");
  collectProtos(inputs);
  if (!generate(inputs, work)) return 1;
  const stale = staleFiles(fresh, current);
  if (checkOnly) return report(stale);
  update(stale, fresh, current);
  return 0;
}

/** Puts our protos and the third-party ones into one folder, each at its import path. */
function collectProtos(inputs: string): void {
  cpSync(join(root, "proto"), inputs, { recursive: true });
  for (const [importPath, source] of Object.entries(thirdParty)) {
    cpSync(join(root, "node_modules", source), join(inputs, importPath));
  }
}

/** Runs buf on `inputs`; the code lands in `gen` below `output`. False if buf failed, which said why on stderr. */
function generate(inputs: string, output: string): boolean {
  const template = join(root, "buf.gen.yaml");
  const { PATH = "" } = process.env;
  const { status, error } = spawnSync(
    join(bin, "buf"),
    ["generate", ".", "--template", template, "--output", output],
    { cwd: inputs, env: { ...process.env, PATH: bin + delimiter + PATH }, stdio: "inherit" },
  );
  if (error) throw error;
  return status === 0;
}

/** Returns the exit code. */
function report(stale: readonly string[]): number {
  if (stale.length === 0) return 0;
  console.error("Generated code is out of date, run: npm run generate");
  for (const name of stale) console.error(`  gen/${name}`);
  return 1;
}

/** Makes `current` equal to `fresh`, touching nothing that is up to date. */
function update(stale: readonly string[], fresh: string, current: string): void {
  for (const name of stale) {
    rmSync(join(current, name), { force: true });
    if (!existsSync(join(fresh, name))) continue;
    mkdirSync(dirname(join(current, name)), { recursive: true });
    cpSync(join(fresh, name), join(current, name));
  }
}
