import { createServer, type Server, type Socket } from "node:net";

/**
 * A listening TCP port that hands each connection on. It stands apart from the gRPC server so that a port can
 * be shared: who looks at the first bytes of a connection decides to whom it goes.
 */
export class TcpListener {
  readonly #server: Server;

  constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer(onConnection);
  }

  /**
   * Resolves with the port: the one that was asked for, or the one that the system chose for 0. Rejects with a
   * `PortInUseError` where another listens there already, and with the system's error otherwise; also where it is closed
   * before it listens.
   */
  async listen({ host, port }: Address): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onClose = () => reject(new Error("Closed before it listened"));
    this.#server.once("error", reject).once("close", onClose);
    this.#server.listen({ host, port, backlog }, resolve);
    try {
      await promise;
    } catch (error) {
      throw isInUse(error) ? new PortInUseError({ host, port }, { cause: error }) : error;
    } finally {
      this.#server.off("error", reject).off("close", onClose);
    }
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Takes no more connections. Those that were handed on stay as they are. Harmless when it never listened. */
  close(): void {
    this.#server.close(ignore);
  }
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export class PortInUseError extends Error {
  override readonly name = "PortInUseError";
  readonly code = "PORT_IN_USE";

  constructor({ host, port }: Address, options?: ErrorOptions) {
    super(`Port is in use: ${host}:${port}`, options);
  }
}

/** Thousands of watchers may come back at the same moment. */
const backlog = 4096;

function isInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

/** Closing what does not listen is no error. */
function ignore(): void {}
