import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";

/** A way to a server that can be cut, as a cable can. */
export class CuttableProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #bytesLeft = Number.POSITIVE_INFINITY;

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      const onward = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(from);
        if (from === onward) from.pipe(this.#limit()).pipe(to);
        else from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async to(port: number): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** After so many bytes more from the server, the connection that the next one would go through is cut; the others are not. */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Every connection that goes through it ends at once; new ones are taken as before. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets through what is left, and then ends. */
  #limit(): Transform {
    const limit = new Transform({
      transform: (bytes: Buffer, _encoding, done) => {
        const kept = bytes.subarray(0, Math.min(bytes.length, this.#bytesLeft));
        this.#bytesLeft -= bytes.length;
        limit.push(kept);
        if (this.#bytesLeft < 0) {
          this.#bytesLeft = Number.POSITIVE_INFINITY;
          limit.push(null);
          return;
        }
        done();
      },
    });
    return limit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
