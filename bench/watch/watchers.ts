import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { WatchStatusRequestSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type ConnectionOptions, GrpcConnection } from "../http2/grpc-connection.ts";

export const watchPath = "/jobcontrol.v1.JobControlService/WatchStatus";

export interface WatchersOptions extends ConnectionOptions {
  readonly count: number;
  readonly connections: number;
  readonly request: MessageInitShape<typeof WatchStatusRequestSchema>;
}

/** When a change came to the watchers, in milliseconds after it was asked for. */
export interface Delivery {
  readonly first: number;
  readonly last: number;
  /** One for each watcher. */
  readonly latencies: Float64Array;
}

/** Many watchers over a few connections. They note when a message comes, and the bytes of the last one. */
export class Watchers implements Disposable {
  readonly #count: number;
  readonly #connections: GrpcConnection[] = [];
  #latencies = new Float64Array();
  #askedAtMs = 0;
  #missing = 0;
  #all: (() => void) | undefined;
  #lastMessage = Buffer.alloc(0);

  /** Resolves when each watcher has got its first message. */
  static async open(address: string, options: WatchersOptions): Promise<Watchers> {
    const watchers = new Watchers(options);
    await watchers.expect(() => watchers.#open(address, options));
    return watchers;
  }

  private constructor({ count }: WatchersOptions) {
    this.#count = count;
  }

  /** The last message that came to any of them, without gRPC's prefix. */
  get lastMessage(): Buffer {
    return this.#lastMessage;
  }

  /** Asks for a change, and resolves when every watcher has got its message. */
  async expect(ask: () => unknown): Promise<Delivery> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const latencies = new Float64Array(this.#count).fill(Number.NaN);
    this.#latencies = latencies;
    this.#missing = this.#count;
    this.#all = resolve;
    this.#askedAtMs = performance.now();
    await Promise.all([ask(), promise]);
    const inOrder = latencies.toSorted();
    return { first: inOrder.at(0) ?? Number.NaN, last: inOrder.at(-1) ?? Number.NaN, latencies };
  }

  stopReading(): void {
    for (const connection of this.#connections) connection.stopReading();
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  async #open(address: string, { count, connections, request, ...options }: WatchersOptions): Promise<void> {
    const call = {
      path: watchPath,
      request: toBinary(WatchStatusRequestSchema, create(WatchStatusRequestSchema, request)),
    };
    for (let index = 0; index < connections; index++) {
      const watcherOf = new Map<number, number>();
      const listener = {
        onData: (stream: number, payload: Buffer) => this.#came(watcherOf.get(stream) ?? 0, payload),
        onEnd: (stream: number) => {
          throw new Error(`A watch ended: ${stream}`);
        },
      };
      const connection = await GrpcConnection.open(address, listener, options);
      this.#connections.push(connection);
      for (let watcher = index; watcher < count; watcher += connections) {
        watcherOf.set(connection.call(call), watcher);
      }
    }
  }

  #came(watcher: number, payload: Buffer): void {
    if (!Number.isNaN(this.#latencies[watcher])) return;
    this.#latencies[watcher] = performance.now() - this.#askedAtMs;
    this.#missing--;
    if (this.#missing > 0) return;
    this.#lastMessage = Buffer.from(payload.subarray(5));
    this.#all?.();
  }
}
