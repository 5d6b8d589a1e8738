import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { RunRequest } from "../runner.ts";
import type { ThreadWork } from "../work.ts";
import type { FromThread, RunMemory, ThreadStart, ToThread } from "./thread-messages.ts";

/** Who hears of a run in a thread. */
export interface ThreadObserver {
  told(message: FromThread): void;
  /** The thread is gone, and all that it told was heard. */
  gone(ending: ThreadEnding): void;
}

export interface ThreadEnding {
  /** What it did not catch; undefined where it ended without an error. */
  readonly error: unknown;
  readonly hasFailed: boolean;
  readonly exitCode: number;
}

/**
 * One worker thread, and the module of a job type in it. It carries out one run at a time for whom it is asked to;
 * while it does not, it does not keep the process from ending.
 */
export class WorkThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #gone = Promise.withResolvers<void>();
  #observer: ThreadObserver | undefined;
  #error: unknown;
  #hasFailed = false;
  #isAlive = true;

  /** Throws where the system has no room for a thread. */
  constructor({ module, memoryBytes }: ThreadWork) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(workerUrl, {
      env: threadEnvironment(),
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytes / mebibyte) + headroomMb },
    });
    const start: ThreadStart = { port: port2, module, memoryBytes };
    this.#worker.postMessage(start, [port2]);
    this.#port.on("message", (message: FromThread) => this.#observer?.told(message));
    this.#worker.on("error", (error) => {
      this.#error = error;
      this.#hasFailed = true;
    });
    this.#worker.on("exit", (exitCode) => this.#end(exitCode));
    this.release();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Begins a run. `observer` hears of it, and of nothing else, until `release()`. */
  carryOut(request: RunRequest, memory: RunMemory, observer: ThreadObserver): void {
    this.#observer = observer;
    this.#worker.ref();
    this.#port.ref();
    this.#post({ kind: "run", request, memory });
  }

  /** The run is over. */
  release(): void {
    this.#observer = undefined;
    this.#worker.unref();
    this.#port.unref();
  }

  /** Has it look whether it was asked to stop. */
  wake(): void {
    this.#post({ kind: "stop" });
  }

  /** What its heap and its buffers take, in bytes; undefined where it is gone. A loop does not hold it up. */
  async memory(): Promise<number | undefined> {
    try {
      const { used_heap_size: heap, external_memory: buffers } = await this.#worker.getHeapStatistics();
      return heap + buffers;
    } catch {
      // It ended meanwhile.
      return undefined;
    }
  }

  /** Ends it whatever it does, and resolves when it is gone. Never resolves for one that hangs in the system. */
  async terminate(): Promise<void> {
    this.#isAlive = false;
    void this.#worker.terminate();
    await this.#gone.promise;
  }

  #post(message: ToThread): void {
    this.#port.postMessage(message);
  }

  #end(exitCode: number): void {
    this.#isAlive = false;
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port))
      this.#observer?.told(last.message as FromThread);
    this.#port.close();
    this.#observer?.gone({ error: this.#error, hasFailed: this.#hasFailed, exitCode });
    this.#gone.resolve();
  }
}

const mebibyte = 2 ** 20;

/**
 * What V8 itself would allow beyond the limit. V8 cannot refuse memory: where it must, and a thread just asks for a large
 * piece, it ends the whole process. So the limit is watched from outside, and this is the room until that looks again.
 */
const headroomMb = 4096;

/** The sources run as they are; the package has them compiled. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./thread-worker.ts" : "./thread-worker.js",
  import.meta.url,
);

/** The thread loads what this process has compiled already. */
function threadEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
}
