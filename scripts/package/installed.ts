import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, type Rolldown } from "vite";
import { runTool } from "../run-tool.ts";

/**
 * Installs the packed package in an empty project, as a user does, and uses it there: from a program, by its command, and
 * with the compiler. Nothing is built, and no install script runs. Throws with the first thing that does not work.
 */
export async function checkInstalled(tarball: string, project: string): Promise<void> {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), `{ "private": true, "type": "module" }`);
  npm("install", "--ignore-scripts", "--prefix", project, tarball);
  const native = globSync("node_modules/**/{*.node,binding.gyp}", { cwd: project });
  if (native.length > 0) throw new Error(`Needs what was compiled: ${native.join(", ")}`);
  cpSync(join(import.meta.dirname, "consumer"), project, { recursive: true });
  for (const node of nodes()) await use(project, node);
  for (const resolution of ["nodenext", "bundler"]) compile(project, resolution);
  await bundle(project);
}

/** The Node that this runs on, and the next one. */
function nodes(): readonly string[] {
  const folder = join(import.meta.dirname, "node-26");
  npm("ci", "--prefix", folder);
  return [process.execPath, join(folder, "node_modules/.bin/node")];
}

/** Asks the network only for what this machine has never had. */
function npm(...args: readonly string[]): void {
  execFileSync("npm", [...args, "--silent", "--no-audit", "--no-fund", "--prefer-offline"], {
    stdio: "inherit",
  });
}

/** Serves by the command, and calls from a program. */
async function use(project: string, node: string): Promise<void> {
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  const jobctl = "node_modules/jobcontrol/src/cli/jobctl.js";
  const checked = execFileSync(node, [jobctl, "serve", "--check"], { cwd: project, encoding: "utf8" });
  const args = [jobctl, "serve", "--store", "memory:", "--listen", "127.0.0.1:0"];
  const server = spawn(node, args, { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(server, "exit");
  try {
    const address = await addressOf(server.stdout);
    const said = execFileSync(node, ["use.ts", address], { cwd: project, encoding: "utf8" });
    console.log(`installed, on Node ${version}: ${checked.trim()}\n${said.trimEnd()}`);
  } finally {
    server.kill("SIGTERM");
    await gone;
  }
  if (server.exitCode !== 0) throw new Error(`jobctl serve ended with ${server.exitCode}`);
}

async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const address = /^jobcontrol listening on (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("jobctl serve ended before it was ready");
}

/** The declarations are enough for a strict compiler, also where it looks into those of dependencies. */
function compile(project: string, resolution: string): void {
  const module = resolution === "bundler" ? "esnext" : "nodenext";
  const options = {
    strict: true,
    noEmit: true,
    target: "es2024",
    lib: ["es2024", "esnext.disposable", "dom"],
  };
  const file = join(project, `tsconfig.${resolution}.json`);
  const compilerOptions = {
    ...options,
    module,
    moduleResolution: resolution,
    types: ["node"],
    skipLibCheck: false,
  };
  writeFileSync(file, JSON.stringify({ compilerOptions, files: ["use.ts", "page.ts"] }));
  runTool("tsc", ["-p", file]);
}

/** What a page takes can be bundled for it, and nothing of Node is left in it. */
async function bundle(project: string): Promise<void> {
  const built = await build({
    root: project,
    configFile: false,
    logLevel: "warn",
    build: { write: false, minify: false, lib: { entry: join(project, "page.ts"), formats: ["es"] } },
  });
  const [{ output }] = built as [Rolldown.RolldownOutput];
  for (const chunk of output) {
    if (chunk.type !== "chunk") continue;
    const outside = [...chunk.imports, ...chunk.dynamicImports].filter(
      (name) => !output.some(({ fileName }) => fileName === name),
    );
    const node = /\bnode:[a-z]+|vite_browser_external/.exec(chunk.code)?.[0];
    if (outside.length > 0 || node !== undefined)
      throw new Error(`A page would need ${outside.join(", ") || node}`);
    console.log(`bundled for a page: ${chunk.fileName}, ${chunk.code.length} characters`);
  }
}
