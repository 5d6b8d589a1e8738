import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { listFiles, staleFiles } from "./stale-files.ts";

/**
 * Builds the dashboard from `web/` into `web/built/`, which is kept in the repository: a checkout serves it without a
 * further step, as does the package, and no server ever builds anything.
 *
 *   node scripts/web.ts           brings web/built up to date
 *   node scripts/web.ts --check   changes nothing; exits 1 where it is out of date, or heavier than it may be
 */
const root = resolve(import.meta.dirname, "../web");
const built = join(root, "built");
/** All that a browser has to load, gzipped. */
const mostBytes = 100_000;

if (process.argv.includes("--check")) await check();
else await buildInto(built);

async function buildInto(outDir: string): Promise<void> {
  await build({ configFile: join(root, "vite.config.ts"), build: { outDir } });
}

async function check(): Promise<void> {
  const fresh = mkdtempSync(join(tmpdir(), "jobcontrol-web-"));
  try {
    await buildInto(fresh);
    const stale = staleFiles(fresh, built);
    if (stale.length > 0)
      fail(`The built dashboard is out of date, run: npm run generate\n  ${stale.join("\n  ")}`);
    const bytes = listFiles(fresh).reduce((sum, name) => sum + packedSize(join(fresh, name)), 0);
    console.log(`web/built: ${bytes} bytes gzipped, of ${mostBytes}`);
    if (bytes > mostBytes) fail("The dashboard is too heavy");
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function packedSize(file: string): number {
  return gzipSync(readFileSync(file), { level: 9 }).byteLength;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
