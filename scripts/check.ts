import { spawnSync } from "node:child_process";
import { delimiter, resolve } from "node:path";

/**
 * The one gate: everything that must hold before a change lands, in the order in which it fails fastest. CI runs
 * the same. Every step is named, and the first that fails ends it.
 */
const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["format and lint", "biome", "check", "--error-on-warnings", "."],
  ["types", "tsc", "-p", "."],
  ["dashboard: types", "tsc", "-p", "web"],
  // What this machine has had once is asked of no network.
  ["benchmarks: packages", "npm", "ci", "--silent", "--no-audit", "--prefer-offline", "--prefix", "bench"],
  ["benchmarks: types", "tsc", "-p", "bench"],
  ["layers", "depcruise", "--config", ".dependency-cruiser.mjs", "src", "web"],
  ["unused code", "knip"],
  ["contract: lint", "buf", "lint"],
  ["contract: format", "buf", "format", "--diff", "--exit-code"],
  ["generated code", "node", "scripts/generate.ts", "--check"],
  ["built dashboard", "node", "scripts/web.ts", "--check"],
  ["package", "node", "scripts/build.ts", "--check"],
  ["tests", "vitest", "run"],
];

/** The tools of the project come before those of the machine. */
const { PATH = "" } = process.env;
const env = { ...process.env, PATH: [resolve("node_modules/.bin"), PATH].join(delimiter) };

const only = process.argv.slice(2);

for (const [name, command, ...args] of steps) {
  if (only.length > 0 && !only.includes(name)) continue;
  const startedAt = performance.now();
  console.log(`── ${name}`);
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env });
  if (error !== undefined) throw error;
  if (status !== 0) {
    console.error(`\n✗ ${name} failed: ${command} ${args.join(" ")}`);
    process.exit(1);
  }
  console.log(`✓ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`);
}
