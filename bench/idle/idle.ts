import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobControlClient } from "../../src/client/index.ts";
import { type ChildServer, startServer } from "../child-server.ts";
import { summary } from "../statistics.ts";
import { fill, jobsThatWait, timers } from "./idle-jobs.ts";

/**
 * What it costs to have much to do later: the CPU time of a server in which 10,000 jobs of a type wait for the one that
 * runs, and 1,000 for their time. All threads of the process count. The servers idle side by side.
 */
const rounds = 6;
/** The servers look over their jobs every ten seconds: each round has one such look. */
const roundMs = 10_000;
const config = "bench/idle/jobcontrol.config.ts";

export async function idle(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "jobcontrol-idle-"));
  try {
    await using contenders = new AsyncDisposableStack();
    const open = async (name: string, store: string) => contenders.use(await Contender.open(name, store));
    const full = [await open("memory", "memory:"), await open("SQLite", `sqlite:${join(folder, "idle.db")}`)];
    const empty = await open("SQLite, no jobs", `sqlite:${join(folder, "empty.db")}`);
    for (const { server } of full) {
      using client = createJobControlClient(server);
      await fill(client);
    }
    // What the Starts have left to be done, and to be collected.
    await sleep(roundMs);
    for (let round = 0; round < rounds; round++) {
      await Promise.all([...full, empty].map((contender) => contender.idle(roundMs)));
    }
    console.log(`${jobsThatWait} jobs wait for another, ${timers} for their time`);
    console.table([...full, empty].map((contender) => contender.row()));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Contender implements AsyncDisposable {
  readonly server: ChildServer;
  readonly #name: string;
  readonly #shares: number[] = [];

  static async open(name: string, store: string): Promise<Contender> {
    const args = ["serve", "--config", config, "--store", store];
    return new Contender(name, await startServer("src/cli/jobctl.js", ...args));
  }

  private constructor(name: string, server: ChildServer) {
    this.#name = name;
    this.server = server;
  }

  async idle(ms: number): Promise<void> {
    const startedAt = performance.now();
    const before = await this.#cpuMs();
    await sleep(ms);
    const used = (await this.#cpuMs()) - before;
    this.#shares.push((100 * used) / (performance.now() - startedAt));
  }

  row(): object {
    return { store: this.#name, "of one core, %": summary(this.#shares, 2) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.server.process, "exit");
    this.server[Symbol.dispose]();
    await gone;
  }

  async #cpuMs(): Promise<number> {
    this.server.process.send("cpu");
    const [{ user, system }] = await once(this.server.process, "message");
    return (user + system) / 1000;
  }
}

if (import.meta.main) await idle();
