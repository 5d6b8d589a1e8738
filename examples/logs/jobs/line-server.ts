import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** Longer lines are cut. */
const longestLine = 8192;

/** Takes lines over TCP, on loopback. It reads whatever comes, at once: no sender ever waits for it. */
export class LineServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** `onLine` is called for each line that is not empty. Rejects where the port is taken. */
  static async open(port: number, onLine: (line: string) => void): Promise<LineServer> {
    const server = new LineServer(onLine);
    await once(server.#server.listen(port, "127.0.0.1"), "listening");
    return server;
  }

  private constructor(onLine: (line: string) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      readLines(socket, onLine);
    });
    this.#server.maxConnections = 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = "";
  const tell = (line: string) => {
    const text = line.slice(0, longestLine).trimEnd();
    if (text !== "") onLine(text);
  };
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    // The line that is not at its end yet.
    rest = (lines.pop() ?? "").slice(0, longestLine);
    for (const line of lines) tell(line);
  });
  socket.on("end", () => tell(rest));
  // A sender that is gone in the middle of a line: the close follows.
  socket.on("error", () => {});
}
