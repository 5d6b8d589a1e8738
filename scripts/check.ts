import { spawnSync } from "node:child_process";

/**
 * The one gate: everything that must hold before a change lands, in the order in which it fails fastest. CI runs
 * the same. Every step is named, and the first that fails ends it.
 */
const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["format and lint", "biome", "check", "--error-on-warnings", "."],
  ["types", "tsc", "-p", "."],
  ["layers", "depcruise", "--config", ".dependency-cruiser.mjs", "src"],
  ["unused code", "knip"],
  ["contract: lint", "buf", "lint"],
  ["contract: format", "buf", "format", "--diff", "--exit-code"],
  ["generated code", "node", "scripts/generate.ts", "--check"],
  ["package", "node", "scripts/build.ts", "--check"],
  ["tests", "vitest", "run"],
];

const only = process.argv.slice(2);

for (const [name, command, ...args] of steps) {
  if (only.length > 0 && !only.includes(name)) continue;
  const startedAt = performance.now();
  console.log(`── ${name}`);
  const { status, error } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) {
    console.error(`\n✗ ${name} failed: ${command} ${args.join(" ")}`);
    process.exit(1);
  }
  console.log(`✓ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`);
}
