import type { Socket } from "node:net";
import type { Clock } from "../../async/clock.ts";
import { type Address, TcpListener } from "./tcp-listener.ts";

/**
 * One port for two kinds of servers. A connection that opens with the preface of HTTP/2 goes to one of them, any
 * other to the other, each with all its bytes. It owns a connection until that is decided, which has to be soon;
 * from then on it has nothing to do with it. With TLS, ALPN would decide in its place.
 */
export class SharedPort implements AsyncDisposable {
  readonly #doors: Doors;
  readonly #clock: Clock;
  readonly #firstBytesMs: number;
  readonly #maxUndecided: number;
  readonly #listener = new TcpListener((socket) => this.#decide(socket));
  readonly #undecided = new Set<Socket>();

  constructor(doors: Doors, { clock, firstBytesMs = 10_000, maxUndecided = 1000 }: SharedPortOptions) {
    this.#doors = doors;
    this.#clock = clock;
    this.#firstBytesMs = firstBytesMs;
    this.#maxUndecided = maxUndecided;
  }

  /** How many connections have not said yet what they speak. */
  get undecided(): number {
    return this.#undecided.size;
  }

  /** Resolves with the port's number. See `TcpListener.listen`. */
  listen(address: Address): Promise<number> {
    return this.#listener.listen(address);
  }

  /** Takes no more connections, and closes those that are not decided. Harmless when it never listened. */
  close(): void {
    this.#listener.close();
    for (const socket of this.#undecided) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #decide(socket: Socket): void {
    this.#makeRoom();
    this.#undecided.add(socket);
    let seen: Buffer = Buffer.alloc(0);
    const timer = this.#clock.setTimer(this.#firstBytesMs, () => socket.destroy());
    const leave = () => {
      timer.cancel();
      this.#undecided.delete(socket);
      socket.off("close", leave).off("readable", look);
    };
    const look = () => {
      const bytes: Buffer | null = socket.read();
      if (bytes === null) return;
      seen = seen.byteLength === 0 ? bytes : Buffer.concat([seen, bytes]);
      const door = this.#doorFor(seen);
      if (door === undefined) return;
      leave();
      socket.unshift(seen);
      door(socket);
    };
    socket.on("error", ignore).on("close", leave).on("readable", look);
  }

  /** Who has been silent for longest goes first: a client that has something to say says it at once. */
  #makeRoom(): void {
    if (this.#undecided.size < this.#maxUndecided) return;
    const [oldest] = this.#undecided;
    if (oldest === undefined) return;
    this.#undecided.delete(oldest);
    oldest.destroy();
  }

  /** Undefined while it can still be either. */
  #doorFor(seen: Buffer): Doors[keyof Doors] | undefined {
    const length = Math.min(seen.byteLength, preface.byteLength);
    if (!seen.subarray(0, length).equals(preface.subarray(0, length))) return this.#doors.http1;
    return length === preface.byteLength ? this.#doors.http2 : undefined;
  }
}

export interface Doors {
  readonly http2: (socket: Socket) => void;
  readonly http1: (socket: Socket) => void;
}

export interface SharedPortOptions {
  readonly clock: Clock;
  /** How long a connection may take to say what it speaks. Default: 10 s */
  readonly firstBytesMs?: number;
  /** How many may be at that; the oldest of them makes room for the next. Default: 1000 */
  readonly maxUndecided?: number;
}

/** What every HTTP/2 connection opens with, and no other does. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A connection that breaks closes: that is all there is to know of it. */
function ignore(): void {}
