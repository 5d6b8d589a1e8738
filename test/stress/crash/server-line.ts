import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { credentials, Client as GrpcClient } from "@grpc/grpc-js";
import { type Child, exited, ready, start } from "../../cli/jobctl-process.ts";
import { RawClient } from "../../server/grpc/wire.ts";

/** The way to one server. */
export interface Link {
  readonly calls: RawClient;
  readonly watches: RawClient;
  /** True from the moment on at which it is killed. */
  readonly isDead: boolean;
}

/** One server after the other on the same store, each until it is killed. */
export class ServerLine implements Disposable {
  /** Of the store. */
  readonly file: string;
  readonly #folder: string;
  #kills = 0;
  #next = Promise.withResolvers<Link>();
  #alive: { readonly server: Child; readonly link: OpenLink } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, "jobs.db");
  }

  /** The way to the server that is there, or to the next. */
  get link(): Promise<Link> {
    return this.#next.promise;
  }

  get kills(): number {
    return this.#kills;
  }

  /** Resolves when the server is ready; it applies so many commands a second, or all. */
  async begin(rate: string): Promise<Link> {
    const server = this.#spawn(rate);
    const link = new OpenLink(await ready(server));
    this.#alive = { server, link };
    this.#next.resolve(link);
    return link;
  }

  /** A server that is killed after so long, whether it is ready or not: nobody calls it. */
  async beginInVain(lifeMs: number): Promise<void> {
    const server = this.#spawn("unlimited");
    await sleep(lifeMs);
    await this.#kill(server);
  }

  /** Resolves when the server is gone. What it had not answered by then it never will. */
  async kill(): Promise<void> {
    if (this.#alive === undefined) throw new TypeError("There is no server");
    const { server, link } = this.#alive;
    this.#next = Promise.withResolvers();
    link.isDead = true;
    await this.#kill(server);
    link.close();
    this.#alive = undefined;
  }

  [Symbol.dispose](): void {
    this.#alive?.server.kill("SIGKILL");
    this.#alive?.link.close();
  }

  async #kill(server: Child): Promise<void> {
    if (server.exitCode !== null) throw new Error(`The server ended by itself: exit ${server.exitCode}`);
    this.#kills++;
    const ended = exited(server);
    server.kill("SIGKILL");
    await ended;
  }

  #spawn(rate: string): Child {
    const server = start(["serve", "--config", config, "--store", `sqlite:${this.file}`], {
      env: { JOBCONTROL_CRASH_FOLDER: this.#folder, JOBCONTROL_CRASH_RATE: rate },
    });
    // Its log is not read: a pipe that is full would hold it up.
    server.stderr.resume();
    return server;
  }
}

const config = "test/stress/crash/jobcontrol.config.ts";

class OpenLink implements Link {
  readonly calls: RawClient;
  readonly watches: RawClient;
  isDead = false;

  constructor(address: string) {
    this.calls = connect(address);
    this.watches = connect(address);
  }

  close(): void {
    this.calls.client.close();
    this.watches.client.close();
  }
}

function connect(address: string): RawClient {
  const options = { "grpc.use_local_subchannel_pool": 1 };
  return new RawClient(new GrpcClient(address, credentials.createInsecure(), options));
}
