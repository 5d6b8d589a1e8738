import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** An example, served by `jobctl serve` on a port of its own, with its jobs in memory. */
export class ServedExample implements AsyncDisposable {
  readonly address: string;
  readonly #server: ChildProcess;

  static async start(config: string, env: Readonly<Record<string, string>>): Promise<ServedExample> {
    const args = [
      "src/cli/jobctl.js",
      "serve",
      "--config",
      config,
      "--listen",
      "127.0.0.1:0",
      "--store",
      "memory:",
    ];
    const server = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    for await (const line of createInterface(server.stdout)) {
      const [, address] = /listening on (\S+)$/.exec(line) ?? [];
      if (address !== undefined) return new ServedExample(address, server);
    }
    throw new Error(`It ended before it was ready: ${config}`);
  }

  private constructor(address: string, server: ChildProcess) {
    this.address = address;
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const exited = once(this.#server, "exit");
    this.#server.kill("SIGKILL");
    await exited;
  }
}
