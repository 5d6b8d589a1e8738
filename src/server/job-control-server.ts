import type { Socket } from "node:net";
import type { ConnectError, ServiceImplSpec } from "@connectrpc/connect";
import { abortable } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { systemClock } from "../async/clock.ts";
import { TimeLimit } from "../async/time-limit.ts";
import type { DrainRequest } from "../control/admin-control.ts";
import { Core, type CoreStart } from "../control/core.ts";
import { createLocalEngine } from "../engine/local/local-engine.ts";
import { realPathOf } from "../engine/local/sqlite/real-path.ts";
import { OpenTokens } from "../limiter/open-tokens.ts";
import { TokenBucketLimiter } from "../limiter/token-bucket-limiter.ts";
import type { AdjustableTokens } from "../limiter/token-source.ts";
import { draining, type OnBug, recovering } from "../rpc/errors.ts";
import { createServices, createServingStatus } from "../rpc/services.ts";
import { createRunner } from "../runner/create-runner.ts";
import { RunMarks } from "../runner/run-marks.ts";
import { Counters } from "../telemetry/counters.ts";
import type { Meter } from "../telemetry/meter.ts";
import { createTracing } from "../telemetry/open-telemetry/create-tracing.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { TypeLabels } from "../telemetry/type-labels.ts";
import type { Configuration } from "./configuration/configuration.ts";
import { createStore, type StoreSurroundings } from "./create-store.ts";
import { GrpcServer } from "./grpc/grpc-server.ts";
import { ServerHealth, type ServerHealthOptions } from "./health.ts";
import type { Log } from "./log.ts";
import { createLogJournal } from "./log-journal.ts";
import { logAdmin } from "./logged-admin.ts";
import { observers } from "./observers.ts";
import { SharedPort } from "./port/shared-port.ts";
import { type RenewedAuthentication, Security } from "./security.ts";
import { traceFields } from "./trace-fields.ts";
import { WebDoor } from "./web-door.ts";

export interface ServerOptions {
  readonly log: Log;
  /** Default: the system's */
  readonly clock?: Clock;
}

export interface DrainOptions {
  /** Default: as configured */
  readonly timeoutMs?: number | undefined;
}

/**
 * The whole service of one process, as the configuration has it: picks the implementations, and starts and ends
 * them in their order. It knows nothing of signals and exit codes; those are the command line's.
 */
export class JobControlServer implements AsyncDisposable {
  readonly #configuration: Configuration;
  readonly #log: Log;
  readonly #core: Core;
  readonly #grpc: GrpcServer;
  readonly #web: WebDoor;
  readonly #port: SharedPort;
  readonly #security: Security;
  readonly #services: readonly ServiceImplSpec[];
  readonly #serving = createServingStatus();
  readonly #health: ServerHealth;
  readonly #tracing = createTracing();
  readonly #drainLimit: TimeLimit;
  readonly #drained = Promise.withResolvers<void>();
  #draining: Promise<void> | undefined;
  #started = false;

  constructor(configuration: Configuration, { log, clock = systemClock }: ServerOptions) {
    this.#configuration = configuration;
    this.#drainLimit = new TimeLimit({ clock });
    // Who asks for a drain hears of its failure; nobody else has to.
    this.#drained.promise.catch(() => {});
    this.#log = log;
    const onDrain = (request: DrainRequest) => void this.drain(request);
    const onWritable = (isWritable: boolean) => this.#health.storeIsWritable(isWritable);
    const types = new TypeLabels(configuration.types.map(({ type }) => type.name));
    const counters = new Counters({ types });
    const tracing = this.#tracing;
    this.#core = createCore(configuration, { log, clock, onDrain, onWritable, meter: counters, tracing });
    this.#health = createHealth(configuration, this.#core, { serving: this.#serving, clock, log });
    void this.#core.failure.then(() => this.#health.failed());
    const onBug: OnBug = (error, call) =>
      log.error(
        { err: error, method: call?.method, ...traceFields(call?.trace) },
        "A call failed for a reason of our own",
      );
    const { control, admin } = this.#core;
    const backends = { control, admin: logAdmin(admin, log), serving: this.#serving };
    this.#services = createServices(backends, { onBug, tracing, closed: () => this.#whyClosed() });
    const security = new Security(configuration, { clock, log, refusals: counters.refusals });
    this.#security = security;
    const { access, handshakes } = security;
    this.#grpc = new GrpcServer(this.#services, { clock, onBug, access });
    const health = this.#health;
    const metrics = () => {
      const { certificateEndMs } = security;
      return { counters, stats: admin.stats(), ready: health.ready.isGood, certificateEndMs };
    };
    const isOwnHost = (name: string) => security.isOwnHost(name);
    const webOptions = { ...configuration.web, clock, onBug, access, isOwnHost, health, metrics };
    this.#web = new WebDoor(this.#services, webOptions);
    const http2 = (socket: Socket) => this.#grpc.accept(socket);
    const http1 = (socket: Socket) => this.#web.accept(socket);
    this.#port = new SharedPort({ http2, http1 }, { clock, handshakes });
  }

  /** What it serves, for doors of another kind. */
  get services(): readonly ServiceImplSpec[] {
    return this.#services;
  }

  /** Resolves with the error that ended the service from within, should that ever happen. */
  get failure(): Promise<unknown> {
    return this.#core.failure;
  }

  /** Settles as the drain does, whoever asked for it: the process ends then. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  /** Whether it has certificates or tokens, which `reload` reads anew. */
  get hasSecrets(): boolean {
    return this.#security.isRenewable;
  }

  /**
   * Reads certificates and tokens anew; those who may call are from now on those that `renewed` tells, asked when it is its turn.
   * What cannot be used changes nothing, and the log says why. Never rejects.
   */
  reload(renewed?: RenewedAuthentication): Promise<void> {
    return this.#security.reload(renewed);
  }

  /** Takes over what the store holds. Resolves when its services can be called; false where it was to drain before that. */
  async begin(options?: CoreStart): Promise<boolean> {
    try {
      await this.#core.start(options);
    } catch (error) {
      if (this.#draining === undefined) throw error;
    }
    this.#started = this.#draining === undefined;
    return this.#started;
  }

  /**
   * Begins, and opens the port as soon as the store is its own: until it has taken over what that holds, calls are refused
   * (RECOVERING). Resolves with the port's number when calls are served, or with undefined where it was to drain before
   * that; rejects with a `PortInUseError` where another listens there, and with a `ConfigurationError` where certificates or
   * tokens cannot be read.
   */
  async start(): Promise<number | undefined> {
    await this.#security.start();
    const { host, port: asked } = this.#configuration.listen;
    let port: number | undefined;
    const onHeld = async () => {
      if (this.#draining === undefined) port = await this.#port.listen({ host, port: asked });
    };
    if (this.#draining !== undefined || !(await this.begin({ onHeld }))) return undefined;
    this.#health.opened();
    this.#log.info({ host, port, store: storeName(this.#configuration) }, "Serving");
    return port;
  }

  /**
   * Goes in peace, within `timeoutMs` or else the configured time: reports NOT_SERVING, refuses new commands,
   * applies those that wait, ends the runs, lets watches tell the rest, and closes when every call is answered.
   * A later call joins the first; it can bring the end forward, never put it off.
   */
  drain({ timeoutMs = this.#configuration.drainTimeoutMs }: DrainOptions = {}): Promise<void> {
    this.#drainLimit.bringForward(timeoutMs + lastCallsMs);
    // Where nothing was begun, nothing has to come to its end.
    const resting = this.#started ? this.#core.drain({ timeoutMs }) : Promise.resolve();
    this.#draining ??= this.#drain(resting, timeoutMs);
    this.#drained.resolve(this.#draining);
    return this.#draining;
  }

  /** Ends at once. Harmless after `drain`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#health[Symbol.dispose]();
    this.#security[Symbol.dispose]();
    this.#serving.end();
    this.#drainLimit[Symbol.dispose]();
    await this.#core[Symbol.asyncDispose]();
    await this.#port[Symbol.asyncDispose]();
    await this.#grpc[Symbol.asyncDispose]();
    await this.#web[Symbol.asyncDispose]();
  }

  #whyClosed(): ConnectError | undefined {
    if (this.#started) return undefined;
    return this.#draining === undefined ? recovering() : draining();
  }

  async #drain(resting: Promise<void>, timeoutMs: number): Promise<void> {
    this.#log.info({ timeoutMs }, "Draining");
    this.#health.draining();
    this.#port.close();
    await resting;
    await this.#core[Symbol.asyncDispose]();
    this.#serving.end();
    await Promise.all([this.#grpc.drain(this.#drainLimit), this.#web.drain(this.#drainLimit)]);
    await this.#sendTraces();
    this.#security[Symbol.dispose]();
    this.#drainLimit[Symbol.dispose]();
    this.#log.info({}, "Drained");
  }

  /** The process ends soon, and with it what was not sent. A collector that does not answer is not waited for. */
  async #sendTraces(): Promise<void> {
    this.#drainLimit.bringForward(lastTracesMs);
    await abortable(this.#tracing.flush(), this.#drainLimit.signal).catch(() => {});
  }
}

function createHealth(
  { channel }: Configuration,
  core: Core,
  surroundings: Pick<ServerHealthOptions, "serving" | "clock" | "log">,
): ServerHealth {
  const consumer = () => core.consumer;
  const lanes = () => core.admin.stats().lanes;
  return new ServerHealth({ ...surroundings, consumer, lanes, degradedAt: channel.degradedAt });
}

function storeName({ store }: Configuration): string {
  return store === "memory:" ? store : store.file;
}

/** What the last answers may take to go out, once everything else has ended. */
const lastCallsMs = 2000;
const lastTracesMs = 1000;

interface CoreSurroundings extends StoreSurroundings {
  readonly onDrain: (request: DrainRequest) => void;
  readonly meter: Meter;
  readonly tracing: Tracing;
}

function createCore(
  configuration: Configuration,
  { onDrain, meter, tracing, ...surroundings }: CoreSurroundings,
): Core {
  const { log, clock } = surroundings;
  const { channel, watch, types } = configuration;
  const store = createStore(configuration, surroundings);
  return new Core({
    engine: createLocalEngine({ store, clock, ...channel, observer: observers(meter, tracing) }),
    runner: createRunner({
      works: new Map(types.map(({ type, work }) => [type.name, work])),
      fallbacks: new Map(types.flatMap(({ type, fallback }) => (fallback ? [[type.name, fallback]] : []))),
      clock,
      log: {
        write: ({ message, timeMs: _timeMs, trace, ...run }) =>
          log.info({ ...run, ...traceFields(trace) }, message),
      },
      tracing,
      marks: createMarks(configuration, surroundings),
    }),
    tokens: createTokens(configuration.rate, clock),
    types: types.map(({ type }) => type),
    degradedAt: channel.degradedAt,
    clock,
    watch,
    meter,
    tracing,
    journal: createLogJournal(log),
    onDrain,
  });
}

/** Beside the store: only a server that holds it may end what an earlier one has left running. */
function createMarks({ store }: Configuration, { log, clock }: StoreSurroundings): RunMarks | undefined {
  if (store === "memory:") return undefined;
  const onLeftover = (process: object) => log.warn(process, "Ending a process that outlived its server");
  return new RunMarks({ folder: `${realPathOf(store.file)}-runs`, clock, onLeftover });
}

function createTokens(rate: Configuration["rate"], clock: Clock): AdjustableTokens {
  if (rate === "unlimited") return new OpenTokens({ clock });
  const limiter = new TokenBucketLimiter({ rate: rate.perSecond, burst: rate.burst, clock });
  return limiter.bucket("commands");
}
