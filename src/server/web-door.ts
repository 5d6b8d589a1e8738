import type { Socket } from "node:net";
import type { ServiceImplSpec } from "@connectrpc/connect";
import type { Abortable } from "../async/abort.ts";
import type { OnBug } from "../rpc/errors.ts";
import type { WebOptions } from "./web/create-web-server.ts";
import type { WebServer } from "./web/web-server.ts";

/**
 * The HTTP/1.1 door as the server has it from its start: loaded only with the first connection that needs it, so that
 * nobody else waits for that.
 */
export class WebDoor implements AsyncDisposable {
  readonly #open: () => Promise<WebServer>;
  readonly #onBug: OnBug;
  #opening: Promise<WebServer> | undefined;
  #server: WebServer | undefined;
  #closed = false;

  constructor(services: readonly ServiceImplSpec[], options: WebOptions) {
    this.#onBug = options.onBug;
    const open = async () => {
      const { createWebServer } = await import("./web/create-web-server.ts");
      this.#server = createWebServer(services, options);
      return this.#server;
    };
    this.#open = open;
  }

  /** See `WebServer.accept`. */
  accept(socket: Socket): void {
    if (this.#server !== undefined) this.#server.accept(socket);
    else if (this.#closed) socket.destroy();
    else this.#acceptLater(socket);
  }

  /** See `WebServer.drain`. */
  async drain(limit: Abortable = {}): Promise<void> {
    await (await this.#last())?.drain(limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#last())?.[Symbol.asyncDispose]();
  }

  /** The server, where there is one; from here on there will be no other. */
  #last(): Promise<WebServer | undefined> {
    this.#closed = true;
    return Promise.resolve(this.#opening).catch(() => undefined);
  }

  #acceptLater(socket: Socket): void {
    this.#opening ??= this.#open();
    const fail = (error: unknown) => {
      this.#onBug(error);
      socket.destroy();
    };
    this.#opening.then((server) => server.accept(socket)).catch(fail);
  }
}
