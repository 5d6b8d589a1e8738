import { once } from "node:events";
import { createSecureServer, type Http2SecureServer, type SecureServerOptions } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { JobControlService } from "../gen/jobcontrol/v1/job_control_service_pb.ts";

/** A service over TLS that has no jobs, and remembers who has called it. */
export class SecureService implements AsyncDisposable {
  readonly tokens: (string | null)[] = [];
  readonly callers: string[] = [];
  readonly #server: Http2SecureServer;

  static async open(options: SecureServerOptions): Promise<SecureService> {
    const service = new SecureService(options);
    await once(service.#server.listen(0, "127.0.0.1"), "listening");
    return service;
  }

  private constructor(options: SecureServerOptions) {
    const handler = connectNodeAdapter({
      routes: (router) =>
        router.service(JobControlService, {
          listJobs: (_request, { requestHeader }) => {
            this.tokens.push(requestHeader.get("authorization"));
            return {};
          },
        }),
    });
    this.#server = createSecureServer(options, handler);
    this.#server.on("secureConnection", (socket: TLSSocket) => {
      this.callers.push(String(socket.getPeerCertificate().subject?.CN));
      this.#server.once("closing", () => socket.destroy());
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.emit("closing");
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
