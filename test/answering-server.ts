import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Answers the first bytes of each connection with these, and ends it. */
export class AnsweringServer implements AsyncDisposable {
  readonly #server;

  static async open(answer: Buffer): Promise<AnsweringServer> {
    const server = new AnsweringServer(answer);
    await once(server.#server.listen(0, "127.0.0.1"), "listening");
    return server;
  }

  private constructor(answer: Buffer) {
    this.#server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What a port of TLS says to HTTP/2 in plain text: SETTINGS, and GOAWAY for INADEQUATE_SECURITY. */
export const plainTextRefused = Buffer.from([
  ...[0, 0, 0, 4, 0, 0, 0, 0, 0],
  ...[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12],
]);

/** What a web server of another time says to what it cannot read. */
export const badRequest = Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n");
