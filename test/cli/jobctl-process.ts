import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** `jobctl` as a script or a person uses it: in a process of its own. */
const jobctl = "src/cli/jobctl.js";
export const config = "test/cli/served.config.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Child = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

const alive = new Set<ChildProcess>();

export function start(args: readonly string[], { env = {} }: { env?: NodeJS.ProcessEnv } = {}): Child {
  const child = spawn(process.execPath, [jobctl, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

/** Runs it to its end, with `input` on its standard input. */
export async function run(
  args: readonly string[],
  { env = {}, input = "" }: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Ended> {
  const child = start(args, { env });
  child.stdin?.end(input);
  const [code, stdout, stderr] = await Promise.all([exited(child), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

export interface Served {
  readonly server: Child;
  readonly address: string;
}

/** Starts a server on a free port, and resolves when it says that it is ready. */
export async function serve(...args: readonly string[]): Promise<Served> {
  const server = start(["serve", "--config", config, "--listen", "127.0.0.1:0", ...args]);
  return { server, address: await ready(server) };
}

/** The address of a server, once it says that it is ready. */
export async function ready(server: Child): Promise<string> {
  for await (const line of createInterface(server.stdout)) {
    const listening = /^jobcontrol listening on (\S+)$/.exec(line);
    if (listening?.[1] !== undefined) return listening[1];
  }
  throw new Error("The server ended before it was ready");
}

export function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

/** For `afterAll`: ends whatever the tests leave behind, failed or not. */
export async function killAll(): Promise<void> {
  await Promise.all(
    [...alive].map((child) => {
      const end = exited(child);
      child.kill("SIGKILL");
      return end;
    }),
  );
}
