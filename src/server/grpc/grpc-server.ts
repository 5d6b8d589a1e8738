import type { Socket } from "node:net";
import type { DescMethod } from "@bufbuild/protobuf";
import type { ServiceImplSpec } from "@connectrpc/connect";
import { type ConnectionInjector, Server, ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import { type Abortable, onAbort } from "../../async/abort.ts";
import { type Clock, systemClock } from "../../async/clock.ts";
import type { Access } from "../../rpc/access.ts";
import type { OnBug } from "../../rpc/errors.ts";
import { CallsInFlight } from "../calls-in-flight.ts";
import { OpenCount } from "../open-count.ts";
import { type Address, TcpListener } from "../port/tcp-listener.ts";
import { authenticate } from "./authenticate.ts";
import { CallTime } from "./call-time.ts";
import { blameTheCaller, explained } from "./caller-faults.ts";
import { addService, pathOf } from "./grpc-adapter.ts";
import {
  capDeadline,
  completeRefusals,
  emptyIllegalHeaders,
  joinRepeatedHeader,
  limitMetadata,
  limitResets,
  lookAtEachCall,
  type ResetLimit,
  stopKeepalive,
} from "./grpc-js-internals.ts";

/**
 * The native gRPC door: a grpc-js server around the services that it is given. It owns its connections, which
 * come from its own port (`listen`) or from one that is shared with other protocols (`accept`).
 */
export class GrpcServer implements AsyncDisposable {
  readonly #calls = new CallsInFlight();
  readonly #connections = new OpenCount();
  readonly #sockets = new Set<Socket>();
  /**
   * Those by which nobody has called yet who may, the oldest first, by their peers as grpc-js calls them. None where nobody has
   * to say who it is.
   */
  readonly #strangers = new Map<string, Socket>();
  readonly #hasStrangers: boolean;
  readonly #maxStrangers: number;
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #listener = new TcpListener((socket) => this.accept(socket));
  readonly #clock: Clock;
  readonly #maxConnections: number;
  readonly #callTime: CallTime;

  constructor(services: readonly ServiceImplSpec[], options: GrpcServerOptions = {}) {
    const { clock = systemClock, onBug = () => {}, access, maxMetadataBytes = 16 * 1024 } = options;
    this.#clock = clock;
    this.#maxConnections = options.maxConnections ?? 10_000;
    this.#maxStrangers = options.maxStrangers ?? 2000;
    this.#hasStrangers = access !== undefined;
    const { requestMs = 10_000, answerMs = 120_000 } = options;
    this.#callTime = new CallTime({ clock, requestMs, answerMs });
    const interceptors = [blameTheCaller, this.#callTime.interceptor];
    if (access !== undefined) {
      const onFounded = (peer: string) => this.#strangers.delete(peer);
      interceptors.push(authenticate({ access, methods: methodsOf(services), onBug, onFounded }));
    }
    this.#server = new Server({ ...serverOptions(options), interceptors });
    limitMetadata(this.#server, maxMetadataBytes);
    limitResets(this.#server, options.resets ?? usualResets);
    const looks = [capDeadline, emptyIllegalHeaders];
    if (access !== undefined) looks.unshift(joinRepeatedHeader("authorization"));
    lookAtEachCall(this.#server, looks);
    completeRefusals(this.#server, explained);
    for (const service of services) addService(this.#server, service, { calls: this.#calls, onBug });
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** How many calls are being worked on, watches included. */
  get callsInFlight(): number {
    return this.#calls.count;
  }

  /** Takes connections on a port of its own; resolves with its number. See `TcpListener.listen`. */
  listen(address: Address): Promise<number> {
    return this.#listener.listen(address);
  }

  /**
   * Serves a connection on which nothing has been read yet, or whose first bytes were put back; with TLS, what comes out of it
   * in the clear. Where there are too many, the oldest stranger makes room; where there is none, it is closed.
   */
  accept(socket: Socket): void {
    socket.on("error", ignore);
    if (!this.#hasRoom()) {
      socket.destroy();
      return;
    }
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.add(socket);
    if (this.#hasStrangers) this.#strangers.set(peer, socket);
    this.#connections.opened();
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#strangers.get(peer) === socket) this.#strangers.delete(peer);
      this.#connections.closed();
    });
    this.#injector.injectConnection(socket);
  }

  /** Takes no more connections; those that are there go on. */
  stopAccepting(): void {
    this.#listener.close();
  }

  /**
   * Takes no more connections and refuses new calls (UNAVAILABLE, DRAINING); when the calls in flight are done,
   * lets their last bytes go out and closes. End the watches before, or this waits for them.
   * Cancellation: what is left is cut off; resolves just the same.
   */
  async drain({ signal }: Abortable = {}): Promise<void> {
    this.#listener.close();
    this.#calls.close();
    const timeUp = new AbortController();
    const off = onAbort(signal, () => timeUp.abort());
    try {
      await this.#calls.none({ signal: timeUp.signal });
      await this.#closeConnections(timeUp);
    } catch {
      // The time is up, and what is left is cut off.
    } finally {
      off();
      await this[Symbol.asyncDispose]();
    }
  }

  /** Closes at once: whoever is still connected is cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#calls.close();
    this.#callTime[Symbol.dispose]();
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
    await this.#connections.none();
  }

  #hasRoom(): boolean {
    const isFull = this.#sockets.size >= this.#maxConnections;
    if (!isFull && this.#strangers.size < this.#maxStrangers) return true;
    const [oldest] = this.#strangers;
    if (oldest === undefined) return !isFull;
    const [peer, socket] = oldest;
    this.#strangers.delete(peer);
    this.#sockets.delete(socket);
    socket.destroy();
    return true;
  }

  async #closeConnections(timeUp: AbortController): Promise<void> {
    const timer = this.#clock.setTimer(flushMs, () => timeUp.abort());
    try {
      stopKeepalive(this.#server);
      this.#injector.destroy();
      await this.#connections.none({ signal: timeUp.signal });
    } finally {
      timer.cancel();
    }
  }
}

export interface GrpcServerOptions {
  readonly clock?: Clock;
  readonly onBug?: OnBug;
  /** Unset: everybody may call. */
  readonly access?: Access | undefined;
  /** At a time; each may have thousands of calls. 10,000 where unset. */
  readonly maxConnections?: number;
  /** Of these, by which nobody has called who may, where that is asked: 2000 where unset. */
  readonly maxStrangers?: number;
  /** The largest request: 64 KiB where unset. */
  readonly maxRequestBytes?: number;
  /** How long the request of a call may take to come in: 10 s where unset. */
  readonly requestMs?: number;
  /** How long a client may take to take in all of an answer that is no stream: 120 s where unset. */
  readonly answerMs?: number;
  /** The largest metadata of a request, as HTTP/2 counts it: 16 KiB where unset. */
  readonly maxMetadataBytes?: number;
  /** The largest response: 4 MiB where unset, which is also what clients accept. */
  readonly maxResponseBytes?: number;
  /** Calls at a time on one connection, watches included: 20,000 where unset. */
  readonly maxStreams?: number;
  /** Calls that one connection may take back, watches that it leaves included: 20,000 at once and 1000 a second where unset. */
  readonly resets?: ResetLimit;
  /** Memory for one connection, in MiB, above which it gets no new calls: 128 where unset. */
  readonly maxSessionMemoryMib?: number;
  /** A connection that was silent for so long is asked for a sign of life: 30 s where unset. */
  readonly keepaliveTimeMs?: number;
  /** How long it may take to give one: 10 s where unset. */
  readonly keepaliveTimeoutMs?: number;
  /** A connection without calls is closed after so long, whatever sign of life it gives: 10 minutes where unset. */
  readonly maxIdleMs?: number;
}

function methodsOf(services: readonly ServiceImplSpec[]): ReadonlyMap<string, DescMethod> {
  const methods = services.flatMap(({ methods }) => Object.values(methods).map(({ method }) => method));
  return new Map(methods.map((method) => [pathOf(method), method]));
}

/** grpc-js by itself limits neither streams nor memory, and never closes a silent connection. */
function serverOptions({
  maxRequestBytes = 64 * 1024,
  maxResponseBytes = 4 * 1024 * 1024,
  maxStreams = 20_000,
  maxSessionMemoryMib = 128,
  keepaliveTimeMs = 30_000,
  keepaliveTimeoutMs = 10_000,
  maxIdleMs = 600_000,
}: GrpcServerOptions): ServerOptions {
  return {
    "grpc.max_receive_message_length": maxRequestBytes,
    "grpc.max_send_message_length": maxResponseBytes,
    "grpc.max_concurrent_streams": maxStreams,
    "grpc-node.max_session_memory": maxSessionMemoryMib,
    "grpc.keepalive_time_ms": keepaliveTimeMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    "grpc.max_connection_idle_ms": maxIdleMs,
    "grpc.enable_channelz": 0,
  };
}

/** Who has as many calls as one connection may have can leave them all at once, and take up others. */
const usualResets: ResetLimit = { burst: 20_000, perSecond: 1000 };

/** How long the last bytes of a draining server may take to go out. */
const flushMs = 1000;

/** http2 hears of it too, and closes the connection. */
function ignore(): void {}
