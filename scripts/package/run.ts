import { execFileSync } from "node:child_process";

/** Runs a tool of the project on its output; throws where it fails. */
export function run(tool: string, ...args: readonly string[]): void {
  execFileSync(`node_modules/.bin/${tool}`, args, { stdio: "inherit" });
}
