import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetStatusRequestSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";

/**
 * A client of HTTP/1.1 that spends as little as it can on itself: its requests are bytes that were made once, and of an
 * answer it reads the status and the length.
 */
export class HttpLoad implements Disposable {
  readonly #sockets: readonly Socket[];
  readonly #request: Buffer;

  static async open(address: string, format: "json" | "binary", connections: number): Promise<HttpLoad> {
    const { hostname: host, port } = new URL(`http://${address}`);
    const sockets = Array.from({ length: connections }, () =>
      connect({ host, port: Number(port), noDelay: true }),
    );
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    return new HttpLoad(sockets, requestOf(address, format));
  }

  private constructor(sockets: readonly Socket[], request: Buffer) {
    this.#sockets = sockets;
    this.#request = request;
  }

  /** As many calls as go, one at a time on each connection. Calls a second. */
  async saturate(durationMs: number): Promise<number> {
    const startedAt = performance.now();
    const isOver = () => performance.now() - startedAt >= durationMs;
    const counts = await Promise.all(this.#sockets.map((socket) => this.#call(socket, isOver)));
    const calls = counts.reduce((sum, count) => sum + count, 0);
    return (calls * 1000) / (performance.now() - startedAt);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #call(socket: Socket, isOver: () => boolean): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let calls = 0;
    let seen = "";
    const onData = (chunk: Buffer) => {
      seen += chunk.toString("latin1");
      const head = seen.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1]);
      if (seen.length < head + 4 + length) return;
      if (!seen.startsWith("HTTP/1.1 200")) reject(new Error(seen));
      seen = "";
      calls++;
      if (!isOver()) socket.write(this.#request);
      else {
        socket.off("data", onData);
        resolve(calls);
      }
    };
    socket.on("data", onData);
    socket.write(this.#request);
    return promise;
  }
}

function requestOf(address: string, format: "json" | "binary"): Buffer {
  const message = create(GetStatusRequestSchema, { jobId: "report" });
  const body =
    format === "json"
      ? Buffer.from(`{"jobId":"report"}`)
      : Buffer.from(toBinary(GetStatusRequestSchema, message));
  const head = [
    "POST /jobcontrol.v1.JobControlService/GetStatus HTTP/1.1",
    `Host: ${address}`,
    `Content-Type: application/${format === "json" ? "json" : "proto"}`,
    `Content-Length: ${body.byteLength}`,
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(head.join("\r\n")), body]);
}
