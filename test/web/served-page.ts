import type { JobType } from "../../src/job/job-type.ts";
import type { JobFunction } from "../../src/runner/job-context.ts";
import type { Configuration } from "../../src/server/configuration/configuration.ts";
import { createInProcessClient, type InProcessClient } from "../../src/server/embedded/in-process-client.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { freePort } from "../free-port.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { jobType } from "../job/job-type.ts";

export interface ServedPageOptions {
  /** By the name of their types. */
  readonly jobs?: Readonly<Record<string, JobFunction>>;
  /** What the types have besides. */
  readonly types?: Readonly<Record<string, Partial<JobType>>>;
  readonly configuration?: Partial<Configuration>;
}

/** A server whose page a test looks at, and whose jobs it calls from here. It can be gone and come back on its port. */
export class ServedPage implements AsyncDisposable {
  readonly #options: ServedPageOptions;
  #server: JobControlServer | undefined;
  #client: InProcessClient | undefined;
  readonly #port: number;

  static async start(options: ServedPageOptions = {}): Promise<ServedPage> {
    const served = new ServedPage(options, await freePort());
    await served.comeBack();
    return served;
  }

  private constructor(options: ServedPageOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get client(): InProcessClient {
    if (this.#client === undefined) throw new Error("The server is gone");
    return this.#client;
  }

  async comeBack(): Promise<void> {
    const { jobs = {}, types = {}, configuration = {} } = this.#options;
    const server = new JobControlServer(
      testConfiguration({
        listen: { host: "127.0.0.1", port: this.#port },
        types: Object.entries(jobs).map(([name, run]) => ({
          type: jobType({ name, ...types[name] }),
          work: { kind: "function", run },
        })),
        ...configuration,
      }),
      { log: quietLog },
    );
    await server.start();
    this.#server = server;
    this.#client = createInProcessClient(server.services, { carry: () => {} });
  }

  /** Ends it at once: whoever is connected is cut off. */
  async goAway(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
    this.#client = undefined;
  }

  /** Ends it in order. */
  async drain(): Promise<void> {
    await this.#server?.drain();
    await this.goAway();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
  }
}
