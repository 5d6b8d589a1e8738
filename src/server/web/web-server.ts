import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ServiceImplSpec } from "@connectrpc/connect";
import { type Abortable, onAbort } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import type { Access } from "../../rpc/access.ts";
import { type OnBug, toConnectError } from "../../rpc/errors.ts";
import { CallsInFlight } from "../calls-in-flight.ts";
import { OpenCount } from "../open-count.ts";
import { textAnswer } from "./answer.ts";
import { corsHeaders, optionsAnswer } from "./cross-origin.ts";
import type { Exchange } from "./exchange.ts";
import { type Admitted, Guard, type GuardOptions } from "./guard.ts";
import { BodyCutOff } from "./request-body.ts";
import type { Pages } from "./routes.ts";
import { WebCalls } from "./web-calls.ts";
import { WebConnection, type WebLimits } from "./web-connection.ts";
import { credentialsOf } from "./web-credentials.ts";

/**
 * The HTTP/1.1 door: the services for the web, and pages. It owns its connections, which come from a port that is shared
 * with gRPC. Node's own time limits are off, as the connections have theirs, on our clock.
 */
export class WebServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #guard: Guard;
  readonly #calls: WebCalls;
  readonly #callsInFlight = new CallsInFlight();
  readonly #pages: readonly Pages[];
  readonly #connections = new Map<Socket, WebConnection>();
  readonly #open = new OpenCount();
  readonly #options: WebServerOptions;

  constructor(services: readonly ServiceImplSpec[], options: WebServerOptions) {
    const {
      clock,
      onBug,
      access,
      maxRequestBytes = 64 * 1024,
      maxHeadBytes = 16 * 1024,
      pages = [],
    } = options;
    this.#options = options;
    this.#guard = new Guard(options);
    this.#pages = pages;
    const calls = this.#callsInFlight;
    this.#calls = new WebCalls(services, { calls, clock, onBug, access, maxRequestBytes });
    this.#http = createServer({ maxHeaderSize: maxHeadBytes, requireHostHeader: false, keepAliveTimeout: 0 });
    this.#http.on("request", (request, response) => this.#take(request, response));
    this.#http.on("clientError", (error, socket) => this.#connections.get(socket as Socket)?.refuse(error));
  }

  /** How many calls are being worked on, watches included. */
  get callsInFlight(): number {
    return this.#callsInFlight.count;
  }

  /** Serves a connection on which nothing has been read yet, or whose first bytes were put back. */
  accept(socket: Socket): void {
    const { clock, limits = defaultLimits, maxConnections = 2000 } = this.#options;
    if (socket.destroyed) return;
    if (this.#callsInFlight.closing.aborted || !this.#hasRoom(maxConnections)) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
    const answer = (exchange: Exchange) => this.#answer(exchange);
    this.#connections.set(socket, new WebConnection(socket, { clock, limits, answer }));
    this.#open.opened();
    socket.once("close", () => {
      this.#connections.delete(socket);
      this.#open.closed();
    });
    this.#http.emit("connection", socket);
  }

  /**
   * Refuses new calls (UNAVAILABLE, DRAINING); when the calls in flight are done, lets their last bytes go out and
   * closes. End the watches before, or this waits for them.
   * Cancellation: what is left is cut off; resolves just the same.
   */
  async drain({ signal }: Abortable = {}): Promise<void> {
    this.#callsInFlight.close();
    const timeUp = new AbortController();
    const off = onAbort(signal, () => timeUp.abort());
    let timer: ReturnType<Clock["setTimer"]> | undefined;
    try {
      await this.#callsInFlight.none({ signal: timeUp.signal });
      for (const connection of this.#connections.values()) connection.close();
      timer = this.#options.clock.setTimer(flushMs, () => timeUp.abort());
      await this.#open.none({ signal: timeUp.signal });
    } catch {
      // The time is up, and what is left is cut off.
    } finally {
      off();
      timer?.cancel();
      await this[Symbol.asyncDispose]();
    }
  }

  /** Closes at once: whoever is still connected is cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#callsInFlight.close();
    for (const socket of this.#connections.keys()) socket.destroy();
    await this.#open.none();
  }

  /**
   * Where there are as many as may be, the oldest that has no request is given up for a new one, or else the oldest with one
   * that everybody may make: who has not said who he is can take the place of nobody who has.
   */
  #hasRoom(maxConnections: number): boolean {
    if (this.#connections.size < maxConnections) return true;
    const all = [...this.#connections];
    const [socket] =
      all.find(([, { isIdle }]) => isIdle) ?? all.find(([, { isExpendable }]) => isExpendable) ?? [];
    if (socket === undefined) return false;
    socket.destroy();
    this.#connections.delete(socket);
    return true;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.#connections.get(request.socket)?.take(request, response);
  }

  async #answer(exchange: Exchange): Promise<void> {
    try {
      await this.#route(exchange);
    } catch (error) {
      // Nobody is left to answer; of all else nothing is told but that it is ours.
      if (error instanceof BodyCutOff) return;
      toConnectError(error, this.#options.onBug);
      exchange.send(textAnswer(500, "Internal Server Error"));
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const admission = this.#guard.check(request);
    if (!admission.isAdmitted) {
      exchange.addHeaders(["Connection", "close"]);
      return exchange.send(textAnswer(admission.status, admission.reason));
    }
    const { path, origin } = admission;
    exchange.addHeaders(corsHeaders(origin));
    const spec = this.#calls.find(path);
    if (request.method === "OPTIONS") {
      exchange.send(optionsAnswer(request, { origin, methods: spec ? callMethods : pageMethods }));
    } else if (spec !== undefined) {
      await this.#calls.answer(spec, exchange);
    } else if (request.method === "GET" || request.method === "HEAD") {
      await this.#page(admission, exchange);
    } else if (!this.#calls.refuseUnknown(path, exchange)) {
      exchange.send(textAnswer(405, "Method Not Allowed", ["Allow", pageMethods]));
    }
  }

  async #page({ path, query }: Admitted, exchange: Exchange): Promise<void> {
    const { request: asked } = exchange;
    const { headers } = asked;
    const request = { path, query: new URLSearchParams(query), headers, credentials: credentialsOf(asked) };
    for (const pages of this.#pages) {
      const answer = await pages(request);
      if (answer !== undefined) return exchange.send(answer);
    }
    exchange.send(textAnswer(404, "Not Found"));
  }
}

export interface WebServerOptions extends GuardOptions {
  readonly clock: Clock;
  readonly onBug: OnBug;
  /** Who may call. Default: everybody */
  readonly access?: Access | undefined;
  /** Asked in turn. Default: none */
  readonly pages?: readonly Pages[];
  readonly limits?: WebLimits;
  /** At a time; watches hold one each. Default: 2000 */
  readonly maxConnections?: number;
  /** The largest request message. Default: 64 KiB */
  readonly maxRequestBytes?: number;
  /** The largest head of a request. Default: 16 KiB */
  readonly maxHeadBytes?: number;
}

const callMethods = "POST, OPTIONS";
const pageMethods = "GET, HEAD, OPTIONS";

const defaultLimits: WebLimits = { headMs: 10_000, bodyMs: 10_000, idleMs: 60_000, stallMs: 120_000 };

/** After so long a silence the system asks whether the other side is still there. */
const keepAliveMs = 30_000;

/** How long the last bytes of a draining server may take to go out. */
const flushMs = 1000;
