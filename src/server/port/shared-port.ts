import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../async/clock.ts";
import type { Doors } from "./doors.ts";
import { plainTextAnswers } from "./plain-text-answers.ts";
import { type Address, TcpListener } from "./tcp-listener.ts";
import type { TlsHandshakes } from "./tls-handshakes.ts";

/**
 * One port for two kinds of servers. A connection that opens with the preface of HTTP/2 goes to one of them, any
 * other to the other, each with all its bytes. With TLS the handshake decides, by ALPN, and who does not begin one is
 * told so. It owns a connection until that is decided, which has to be soon; from then on it has nothing to do with it.
 */
export class SharedPort implements AsyncDisposable {
  readonly #doors: Doors;
  /** Where a connection goes that comes in plain text. */
  readonly #plainDoors: Doors;
  readonly #handshakes: TlsHandshakes | undefined;
  readonly #clock: Clock;
  readonly #firstBytesMs: number;
  readonly #maxUndecided: number;
  readonly #listener = new TcpListener((socket) => this.#decide(socket));
  /** The oldest first, each with the time when it came. */
  readonly #undecided = new Map<Socket, number>();

  constructor(doors: Doors, options: SharedPortOptions) {
    const { clock, handshakes, firstBytesMs = 10_000, maxUndecided = 1000 } = options;
    this.#doors = doors;
    this.#plainDoors = handshakes === undefined ? doors : plainTextAnswers(clock);
    this.#handshakes = handshakes;
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
    for (const socket of this.#undecided.keys()) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #decide(socket: Socket): void {
    this.#makeRoom();
    this.#undecided.set(socket, this.#clock.monotonic());
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
      if (this.#handshakes !== undefined && seen[0] === handshakeRecord) {
        socket.off("readable", look).unshift(seen);
        this.#handshakes.begin(socket, (decrypted) => {
          leave();
          this.#doorByAlpn(decrypted)(decrypted);
        });
        return;
      }
      const door = this.#doorFor(seen);
      if (door === undefined) return;
      leave();
      socket.unshift(seen);
      door(socket);
    };
    socket.on("error", ignore).on("close", leave).on("readable", look);
  }

  /**
   * Who has been silent for longest goes first: a client that has something to say says it at once. Those that have just come
   * may have said it, and were not heard yet: when a server is back, all of its clients are there in the same moment.
   */
  #makeRoom(): void {
    const { size } = this.#undecided;
    if (size < this.#maxUndecided) return;
    const [oldest] = this.#undecided;
    if (oldest === undefined) return;
    const [socket, cameMs] = oldest;
    const isNew = this.#clock.monotonic() - cameMs < newMs;
    if (isNew && size < mostAtOnce * this.#maxUndecided) return;
    this.#undecided.delete(socket);
    socket.destroy();
  }

  /** Undefined while it can still be either. */
  #doorFor(seen: Buffer): Doors[keyof Doors] | undefined {
    const length = Math.min(seen.byteLength, preface.byteLength);
    if (!seen.subarray(0, length).equals(preface.subarray(0, length))) return this.#plainDoors.http1;
    return length === preface.byteLength ? this.#plainDoors.http2 : undefined;
  }

  /** Who offers nothing speaks what was there before ALPN. */
  #doorByAlpn({ alpnProtocol }: TLSSocket): Doors[keyof Doors] {
    return alpnProtocol === "h2" ? this.#doors.http2 : this.#doors.http1;
  }
}

export interface SharedPortOptions {
  readonly clock: Clock;
  /** Default: no TLS, and plain text for all */
  readonly handshakes?: TlsHandshakes | undefined;
  /** How long a connection may take to say what it speaks, its handshake included. Default: 10 s */
  readonly firstBytesMs?: number;
  /** How many may be at that; the oldest makes room for the next. Five times as many in their first second. Default: 1000 */
  readonly maxUndecided?: number;
}

const newMs = 1000;
/** So many times what may be undecided, where all of it has just come. */
const mostAtOnce = 5;

/** With which byte TLS begins, and no request of HTTP. */
const handshakeRecord = 0x16;

/** What every HTTP/2 connection opens with, and no other does. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A connection that breaks closes: that is all there is to know of it. */
function ignore(): void {}
