import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A server in a process of its own, from its start to its ready line. */
export interface ChildServer extends Disposable {
  readonly address: string;
  readonly process: ChildProcess;
  /** From spawn to ready, in milliseconds. */
  readonly startMs: number;
}

/** Options of Node's with which `deploy/` has the server started. */
export const asDeployed: readonly string[] = ["--max-semi-space-size=8"];

/** Starts a server that prints a line ending in its address when it is ready. */
export async function startServer(...args: readonly string[]): Promise<ChildServer> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore", "ipc"] });
  const exited = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`Server ended before it was ready: exit ${code}`)));
  });
  const address = await Promise.race([readyAddress(child), exited]);
  exited.catch(() => {});
  return {
    address,
    process: child,
    startMs: performance.now() - startedAt,
    [Symbol.dispose]: () => {
      child.kill("SIGKILL");
    },
  };
}

/** jobcontrol itself, with this configuration, and with options of Node's. */
export function startJobControl(config: string, ...options: readonly string[]): Promise<ChildServer> {
  return startServer(...options, "src/cli/jobctl.js", "serve", "--config", config);
}

async function readyAddress(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("Server has no standard output");
  for await (const line of createInterface(child.stdout)) {
    const match = /listening on (\S+)$/.exec(line);
    if (match?.[1] !== undefined) return match[1];
  }
  throw new Error("Server said nothing");
}
