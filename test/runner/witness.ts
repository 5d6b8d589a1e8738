import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Sees work come and go, so that no test has to sleep: whoever works connects and says its name; while it lives
 * the connection does, also if it dies without a word. A word back tells it to end.
 */
export class Witness implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #visits = new Map<string, Visit>();

  static async open(): Promise<Witness> {
    const folder = await mkdtemp(join(tmpdir(), "witness-"));
    const witness = new Witness(folder);
    await new Promise<void>((resolve) => witness.#server.listen(witness.path, resolve));
    return witness;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "socket");
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  /** Resolves when the work of this name is there. */
  async arrival(name: string): Promise<void> {
    await this.#visit(name).arrived.promise;
  }

  /** Resolves when the work of this name is gone. */
  async departure(name: string): Promise<void> {
    await this.#visit(name).left.promise;
  }

  /** True while the work of this name is there. */
  sees(name: string): boolean {
    return this.#visit(name).socket?.readyState === "open";
  }

  /** Tells the work of this name to end. */
  dismiss(name: string): void {
    this.#visit(name).socket?.write("end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true });
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (name) => {
      const visit = this.#visit(name.toString());
      visit.socket = socket;
      visit.arrived.resolve();
      socket.once("close", () => visit.left.resolve());
    });
  }

  #visit(name: string): Visit {
    const visit = this.#visits.get(name) ?? {
      arrived: Promise.withResolvers<void>(),
      left: Promise.withResolvers<void>(),
    };
    this.#visits.set(name, visit);
    return visit;
  }
}

interface Visit {
  readonly arrived: PromiseWithResolvers<void>;
  readonly left: PromiseWithResolvers<void>;
  socket?: Socket;
}
