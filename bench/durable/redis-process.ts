import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** The version of the Redis of this machine; undefined where there is none. */
export function redisVersion(): string | undefined {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\S+)/.exec(stdout ?? "")?.[1];
}

/** A Redis of its own, with an append-only file and no snapshots, on a Unix socket. */
export class RedisProcess implements AsyncDisposable {
  readonly socket: string;
  readonly #process: ChildProcess;

  /** Keeps its files in `folder`, which it makes; resolves when it takes connections. */
  static async start(folder: string, appendfsync: "always" | "everysec"): Promise<RedisProcess> {
    mkdirSync(folder);
    const socket = join(folder, "redis.sock");
    const settings = { port: "0", unixsocket: socket, dir: folder, save: "", appendonly: "yes", appendfsync };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    await ready(child.stdout);
    // Nobody reads on, and a pipe that is full would hold it up.
    child.stdout.resume();
    return new RedisProcess(socket, child);
  }

  private constructor(socket: string, child: ChildProcess) {
    this.socket = socket;
    this.#process = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}

async function ready(stdout: Readable): Promise<void> {
  for await (const line of createInterface(stdout)) if (line.includes("eady to accept connections")) return;
  throw new Error("redis-server ended before it was ready");
}
