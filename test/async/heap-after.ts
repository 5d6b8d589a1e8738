import { spawnSync } from "node:child_process";

/**
 * How much of the heap is in use, in MiB, after this code has run in a process of its own, and a minor collection, which frees
 * only what is young. The code can call `gc()`: what is there at a full collection is old from then on. `exports`: what
 * it uses, each with its file in src/async.
 */
export function heapAfter(code: string, exports: Readonly<Record<string, string>>): number {
  const imports = Object.entries(exports).map(([name, file]) => {
    const { href } = new URL(`../../src/async/${file}`, import.meta.url);
    return `const { ${name} } = await import(${JSON.stringify(href)});`;
  });
  const end = 'gc({ type: "minor" }); console.log(process.memoryUsage().heapUsed / 2 ** 20);';
  const script = [...imports, code, end].join("\n");
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...asItSays, "--input-type=module", "--eval", script],
    { encoding: "utf8" },
  );
  if (stdout === "") throw new Error(`Code has failed: ${stderr}`);
  return Number.parseFloat(stdout);
}

/** Marking would begin by itself on a busy machine, and lead to full collections that the code did not ask for. */
const asItSays = ["--expose-gc", "--no-incremental-marking"];
