import type { Socket } from "node:net";
import { create, type DescMethod, type DescService, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import { systemClock } from "../../../src/async/clock.ts";
import { createServices, createServingStatus } from "../../../src/rpc/services.ts";
import { TcpListener } from "../../../src/server/port/tcp-listener.ts";
import { WebServer, type WebServerOptions } from "../../../src/server/web/web-server.ts";
import { FakeAdmin, FakeControl } from "../../rpc/sample.ts";
import { RawSocket } from "../raw-socket.ts";

/** The HTTP/1.1 door on a free port, with a fake core behind it. Closes what it opened. */
export class WebWire implements AsyncDisposable {
  readonly control: FakeControl;
  readonly admin = new FakeAdmin();
  readonly serving = createServingStatus();
  readonly bugs: unknown[] = [];
  readonly server: WebServer;
  /** The connections that the server has, from its side. */
  readonly sockets = new Set<Socket>();
  readonly #listener: TcpListener;
  readonly #stack = new DisposableStack();
  #port = 0;

  static async open(control = new FakeControl(), options: Partial<WebServerOptions> = {}): Promise<WebWire> {
    const wire = new WebWire(control, options);
    wire.#port = await wire.#listener.listen({ host: "127.0.0.1", port: 0 });
    return wire;
  }

  private constructor(control: FakeControl, options: Partial<WebServerOptions>) {
    this.control = control;
    const { admin, serving } = this;
    const onBug = (error: unknown) => void this.bugs.push(error);
    const services = createServices({ control, admin, serving }, { onBug });
    this.server = new WebServer(services, { clock: systemClock, onBug, ...options });
    this.#listener = new TcpListener((socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
      this.server.accept(socket);
    });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A client of connect-node, over HTTP/1.1. */
  client<S extends DescService>(service: S, form: keyof typeof transports = "Connect, JSON"): Client<S> {
    return createClient(service, transports[form](this.url));
  }

  /** A call as curl makes it. */
  post<M extends DescMethod>(
    method: M,
    init: MessageInitShape<M["input"]>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const body = JSON.stringify(toJson(method.input, create(method.input, init)));
    return this.postBytes(pathOf(method), body, { "content-type": "application/json", ...headers });
  }

  postBytes(path: string, body: string | Uint8Array, headers: Record<string, string>): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: "POST", body: Buffer.from(body), headers });
  }

  async raw(): Promise<RawSocket> {
    return this.#stack.use(await RawSocket.open(this.#port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stack.dispose();
    this.serving.end();
    this.#listener.close();
    await this.server[Symbol.asyncDispose]();
    expect(this.server.callsInFlight, "calls left in flight").toBe(0);
  }
}

const http = { httpVersion: "1.1" } as const;

/** Every form in which the web's clients call. */
export const transports = {
  "Connect, JSON": (baseUrl: string) => createConnectTransport({ ...http, baseUrl, useBinaryFormat: false }),
  "Connect, binary": (baseUrl: string) => createConnectTransport({ ...http, baseUrl, useBinaryFormat: true }),
  "gRPC-Web, JSON": (baseUrl: string) => createGrpcWebTransport({ ...http, baseUrl, useBinaryFormat: false }),
  "gRPC-Web, binary": (baseUrl: string) =>
    createGrpcWebTransport({ ...http, baseUrl, useBinaryFormat: true }),
};

export const forms = Object.keys(transports) as (keyof typeof transports)[];

export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}
