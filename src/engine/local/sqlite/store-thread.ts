import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { PassingMap } from "../../../async/passing-map.ts";
import { StoreError } from "./store-error.ts";
import type {
  ConnectionRole,
  OnPart,
  Request,
  Response,
  StoreConnection,
  StoreRequests,
} from "./store-requests.ts";

/** A connection in a worker thread of its own, as the main thread calls it. */
export class StoreThread implements StoreConnection {
  readonly #worker: Worker;
  readonly #onPart: OnPart;
  readonly #waiting = new PassingMap<number, PromiseWithResolvers<unknown>>();
  readonly #opened: Promise<unknown>;
  readonly #exited: Promise<Error>;
  #requests = 0;
  #failure: Error | undefined;

  constructor(role: ConnectionRole, onPart: OnPart) {
    this.#onPart = onPart;
    this.#worker = new Worker(workerUrl, { workerData: role, execArgv: [], env: threadEnvironment() });
    this.#opened = this.#answerTo(0);
    // Whoever calls hears of it; nobody may have called yet.
    this.#opened.catch(() => {});
    const exited = Promise.withResolvers<Error>();
    this.#exited = exited.promise;
    this.#worker.on("message", (response: Response) => this.#take(response));
    this.#worker.on("error", (error: Error) => this.#fail(error));
    this.#worker.on("exit", () => {
      exited.resolve(this.#fail(new Error("Thread of the store has ended")));
    });
  }

  get opened(): Promise<unknown> {
    return this.#opened;
  }

  get isUsable(): boolean {
    return this.#failure === undefined;
  }

  get ended(): Promise<Error> {
    return this.#exited;
  }

  async call<Method extends keyof StoreRequests>(
    method: Method,
    ...[argument]: Parameters<StoreRequests[Method]>
  ): Promise<ReturnType<StoreRequests[Method]>> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = ++this.#requests;
    const answer = this.#answerTo(id) as Promise<ReturnType<StoreRequests[Method]>>;
    this.#worker.postMessage({ id, method, argument } satisfies Request);
    return answer;
  }

  async close(): Promise<void> {
    await this.call("close").catch(() => {});
    await this.#worker.terminate();
    await this.#exited;
  }

  #answerTo(id: number): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  #take(response: Response): void {
    if ("part" in response) {
      this.#onPart(response.part);
      return;
    }
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if ("result" in response) waiting?.resolve(response.result);
    else waiting?.reject(errorOf(response.code, response.message));
  }

  /** Returns why it has failed in the first place. */
  #fail(error: Error): Error {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    return this.#failure;
  }
}

/** The sources run as they are; the package has them compiled. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./store-worker.ts" : "./store-worker.js",
  import.meta.url,
);

/** The thread loads what this process has compiled already. */
function threadEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
}

function errorOf(code: StoreError["code"] | undefined, message: string): Error {
  return code === undefined ? new Error(message) : new StoreError(code, message);
}
