import { execFileSync } from "node:child_process";
import { delimiter, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

/** Runs a tool of the project, which finds others of them; throws where it fails, which it has then said itself. */
export function runTool(tool: string, args: readonly string[], { cwd = root } = {}): void {
  const { PATH = "" } = process.env;
  const env = { ...process.env, PATH: [bin, PATH].join(delimiter) };
  execFileSync(join(bin, tool), args, { cwd, env, stdio: "inherit" });
}
