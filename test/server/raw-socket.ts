import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection whose bytes are the test's own. */
export class RawSocket implements Disposable {
  readonly socket: Socket;
  readonly #closed: Promise<void>;
  #received = "";
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on("error", () => {});
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const raw = new RawSocket(socket);
    await once(socket, "connect");
    return raw;
  }

  /** Resolves when it is in the hands of the system. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, () => resolve());
    });
  }

  /** What has come since the last look, as soon as it matches. */
  async receive(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      if (this.socket.closed) throw new Error(`Closed before ${pattern}: ${this.#received}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await Promise.race([promise, this.#closed]);
    }
    return this.#take();
  }

  /** What comes until the other side closes. */
  async rest(): Promise<string> {
    await this.#closed;
    return this.#take();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(): string {
    const received = this.#received;
    this.#received = "";
    return received;
  }
}
