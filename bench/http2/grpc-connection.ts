import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  flags,
  frameHeaderLength,
  frameTypes,
  grpcHeaders,
  grpcMessage,
  largestWindow,
  preface,
  toFrame,
  windowUpdate,
} from "./frames.ts";

export interface ConnectionListener {
  /** A part of an answer; a message of up to 16 KiB comes in one. Do not keep the bytes. */
  readonly onData: (stream: number, payload: Buffer) => void;
  /** The call is over. */
  readonly onEnd: (stream: number) => void;
}

export interface ConnectionOptions {
  /** How many bytes may come on a stream; more are never asked for. Default: no limit */
  readonly streamWindow?: number;
}

/** A connection to a gRPC server that spends next to nothing on itself: it reads frames and keeps no calls. */
export class GrpcConnection implements Disposable {
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  #unread: Buffer = Buffer.alloc(0);
  #bytesSinceUpdate = 0;
  #nextStream = 1;

  static async open(
    address: string,
    listener: ConnectionListener,
    { streamWindow = largestWindow }: ConnectionOptions = {},
  ): Promise<GrpcConnection> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    socket.write(preface(streamWindow));
    return new GrpcConnection(socket, listener);
  }

  private constructor(socket: Socket, listener: ConnectionListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => {
      throw error;
    });
  }

  /** Begins a call with its one request; returns the number of its stream. */
  call({ path, request, timeoutMs }: Call): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const headers = grpcHeaders(path, timeoutMs);
    const payload = grpcMessage(request);
    this.#socket.write(
      Buffer.concat([
        toFrame({ type: frameTypes.headers, flags: flags.endHeaders, stream, payload: headers }),
        toFrame({ type: frameTypes.data, flags: flags.endStream, stream, payload }),
      ]),
    );
    return stream;
  }

  /** From now on nothing is read; the server's writes pile up in the sockets, and then in the server. */
  stopReading(): void {
    this.#socket.pause();
  }

  [Symbol.dispose](): void {
    this.#socket.removeAllListeners("error").on("error", () => {});
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#unread.byteLength === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    let at = 0;
    while (at + frameHeaderLength <= bytes.byteLength) {
      const end = at + frameHeaderLength + bytes.readUIntBE(at, 3);
      if (end > bytes.byteLength) break;
      this.#take(bytes.subarray(at, end));
      at = end;
    }
    this.#unread = bytes.subarray(at);
    this.#askForMore(chunk.byteLength);
  }

  #take(frame: Buffer): void {
    const [type, flag] = [frame.readUInt8(3), frame.readUInt8(4)];
    const stream = frame.readUInt32BE(5);
    const payload = frame.subarray(frameHeaderLength);
    const { settings, ping, data, headers, resetStream, goAway } = frameTypes;
    if (type === data) this.#listener.onData(stream, payload);
    else if (type === goAway) throw new Error("Server said GOAWAY");
    else if ((type === settings || type === ping) && flag !== flags.ack) {
      const answer = type === ping ? payload : new Uint8Array();
      this.#socket.write(toFrame({ type, flags: flags.ack, payload: answer }));
    }
    const ends = (type === data || type === headers) && (flag & flags.endStream) !== 0;
    if (ends || type === resetStream) this.#listener.onEnd(stream);
  }

  #askForMore(bytes: number): void {
    this.#bytesSinceUpdate += bytes;
    if (this.#bytesSinceUpdate < largestWindow / 4) return;
    this.#socket.write(windowUpdate(this.#bytesSinceUpdate));
    this.#bytesSinceUpdate = 0;
  }
}

export interface Call {
  readonly path: string;
  readonly request: Uint8Array;
  /** Its deadline. Default: none */
  readonly timeoutMs?: number | undefined;
}
