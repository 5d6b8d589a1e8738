import { setTimeout as sleep } from "node:timers/promises";
import { type Call, GrpcConnection } from "../http2/grpc-connection.ts";

/** What became of one call, in milliseconds after the moment at which it was due. */
export interface Answered {
  readonly dueMs: number;
  readonly latencyMs: number;
  /** False: it was refused. */
  readonly isOk: boolean;
}

interface Pending {
  readonly dueMs: number;
  isOk: boolean;
}

/** Makes calls at a given rate, whether the earlier ones have been answered or not. */
export class OpenLoop implements Disposable {
  readonly #connections: readonly Connection[];

  static async open(address: string, connections: number): Promise<OpenLoop> {
    return new OpenLoop(
      await Promise.all(Array.from({ length: connections }, () => Connection.open(address))),
    );
  }

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  /** So many calls a second for so long. Resolves with what became of those that were answered by the end. */
  async run(call: Call, callsPerSecond: number, durationMs: number): Promise<readonly Answered[]> {
    const answers: Answered[] = [];
    for (const connection of this.#connections) connection.answers = answers;
    const startedAtMs = performance.now();
    for (let made = 0; ; ) {
      const elapsedMs = performance.now() - startedAtMs;
      if (elapsedMs >= durationMs) return answers.slice();
      for (; made < (elapsedMs * callsPerSecond) / 1000; made++) {
        const connection = this.#connections[made % this.#connections.length];
        connection?.call(call, startedAtMs + (made * 1000) / callsPerSecond);
      }
      await sleep(1);
    }
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }
}

/** A gRPC refusal is an answer without a message. */
class Connection implements Disposable {
  readonly #pending = new Map<number, Pending>();
  readonly #connection: GrpcConnection;
  answers: Answered[] = [];

  static async open(address: string): Promise<Connection> {
    const listener = { onData: (_stream: number) => {}, onEnd: (_stream: number) => {} };
    const connection = new Connection(await GrpcConnection.open(address, listener));
    listener.onData = (stream) => connection.#hasMessage(stream);
    listener.onEnd = (stream) => connection.#hasEnded(stream);
    return connection;
  }

  private constructor(connection: GrpcConnection) {
    this.#connection = connection;
  }

  call(call: Call, dueMs: number): void {
    this.#pending.set(this.#connection.call(call), { dueMs, isOk: false });
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  #hasMessage(stream: number): void {
    const pending = this.#pending.get(stream);
    if (pending !== undefined) pending.isOk = true;
  }

  #hasEnded(stream: number): void {
    const pending = this.#pending.get(stream);
    if (pending === undefined) return;
    this.#pending.delete(stream);
    const { dueMs, isOk } = pending;
    this.answers.push({ dueMs, isOk, latencyMs: performance.now() - dueMs });
  }
}
