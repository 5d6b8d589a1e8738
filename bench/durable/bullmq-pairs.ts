import { type Job, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { Contender } from "./contender.ts";

/**
 * BullMQ with its queue and its worker in this process. A pair is what comes nearest to a Start and a Stop of which each
 * is answered when Redis has written it: a job is added, and the caller waits until Redis has taken the add and has made
 * the job active, at which the worker begins it (Start: OK). Then the caller tells the work to end, and waits until
 * Redis has taken that the job is completed (Stop: OK). Whether what Redis has taken is on the disk by then is for its
 * `appendfsync` to say.
 *
 * BullMQ has the easier part: it writes nothing for the wish to stop, keeps neither receipts nor a history (its jobs are
 * removed when they are completed, as it recommends), and does not see to it that a job runs only once at a time.
 */
export class BullMqPairs implements Contender {
  readonly name: string;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #connections: readonly Redis[];
  readonly #runs = new Map<string, Run>();
  #count = 0;

  /** With a worker that has room for all callers. */
  static async open(name: string, { socket, callers }: BullMqOptions): Promise<BullMqPairs> {
    const pairs = new BullMqPairs(name, { socket, callers });
    await Promise.all([pairs.#queue.waitUntilReady(), pairs.#worker.waitUntilReady()]);
    return pairs;
  }

  private constructor(name: string, { socket, callers }: BullMqOptions) {
    this.name = name;
    // A worker waits for jobs as long as it takes, on a connection of its own.
    const connections = [new Redis(socket), new Redis(socket, { maxRetriesPerRequest: null })] as const;
    this.#connections = connections;
    this.#queue = new Queue("pairs", { connection: connections[0] });
    this.#worker = new Worker("pairs", (job) => this.#work(job), {
      connection: connections[1],
      concurrency: callers,
    });
    this.#worker.on("completed", ({ id = "" }) => this.#runs.get(id)?.completed.resolve());
    this.#worker.on("error", (error) => this.#failAll(error));
    this.#worker.on("failed", (_job, error) => this.#failAll(error));
  }

  async pair(caller: number): Promise<void> {
    const jobId = `job-${caller}-${this.#count++}`;
    const run: Run = {
      begun: Promise.withResolvers(),
      told: Promise.withResolvers(),
      completed: Promise.withResolvers(),
    };
    this.#runs.set(jobId, run);
    await Promise.all([this.#queue.add("work", {}, { jobId, removeOnComplete: true }), run.begun.promise]);
    run.told.resolve();
    await run.completed.promise;
    this.#runs.delete(jobId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.close();
    await this.#queue.close();
    for (const connection of this.#connections) connection.disconnect();
  }

  async #work({ id = "" }: Job): Promise<void> {
    const run = this.#runs.get(id);
    run?.begun.resolve();
    await run?.told.promise;
  }

  /** A figure in which something failed is none. */
  #failAll(error: Error): void {
    for (const { begun, completed } of this.#runs.values()) {
      begun.reject(error);
      completed.reject(error);
    }
  }
}

export interface BullMqOptions {
  /** Of Redis: a path. */
  readonly socket: string;
  readonly callers: number;
}

interface Run {
  readonly begun: PromiseWithResolvers<void>;
  readonly told: PromiseWithResolvers<void>;
  readonly completed: PromiseWithResolvers<void>;
}
