import type { Clock } from "../async/clock.ts";
import { systemClock } from "../async/clock.ts";
import { Core } from "../control/core.ts";
import { createLocalEngine } from "../engine/local/local-engine.ts";
import { createMemoryStore } from "../engine/local/memory-store.ts";
import { TokenBucketLimiter } from "../limiter/token-bucket-limiter.ts";
import { type TokenSource, unlimitedTokens } from "../limiter/token-source.ts";
import { createServices, createServingStatus } from "../rpc/services.ts";
import { createRunner } from "../runner/create-runner.ts";
import type { Configuration } from "./configuration/configuration.ts";
import { GrpcServer } from "./grpc/grpc-server.ts";
import type { Log } from "./log.ts";

export interface ServerOptions {
  readonly log: Log;
  /** Default: the system's */
  readonly clock?: Clock;
}

/**
 * The whole service of one process, as the configuration has it: picks the implementations, and starts and ends
 * them in their order. It knows nothing of signals and exit codes; those are the command line's.
 */
export class JobControlServer implements AsyncDisposable {
  readonly #configuration: Configuration;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #core: Core;
  readonly #grpc: GrpcServer;
  readonly #serving = createServingStatus();
  #draining: Promise<void> | undefined;

  constructor(configuration: Configuration, { log, clock = systemClock }: ServerOptions) {
    this.#configuration = configuration;
    this.#clock = clock;
    this.#log = log;
    this.#core = createCore(configuration, { log, clock });
    const onBug = (error: unknown) => log.error({ err: error }, "A call failed for a reason of our own");
    const services = createServices({ control: this.#core.control, serving: this.#serving }, { onBug });
    this.#grpc = new GrpcServer(services, { clock, onBug });
  }

  /** Resolves with the error that ended the service from within, should that ever happen. */
  get failure(): Promise<unknown> {
    return this.#core.failure;
  }

  /**
   * Takes over what the store holds, then opens the port. Resolves with its number when calls are served; rejects
   * with a `PortInUseError` where another listens there.
   */
  async start(): Promise<number> {
    await this.#core.start();
    const port = await this.#grpc.listen(this.#configuration.listen);
    this.#serving.set("serving");
    return port;
  }

  /**
   * Goes in peace, within the configured time: reports NOT_SERVING, refuses new commands, applies those that
   * wait, ends the runs, lets watches tell the rest, and closes when every call is answered.
   */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** Ends at once. Harmless after `drain`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#serving.end();
    await this.#core[Symbol.asyncDispose]();
    await this.#grpc[Symbol.asyncDispose]();
  }

  async #drain(): Promise<void> {
    const { drainTimeoutMs } = this.#configuration;
    const timeout = new AbortController();
    const timer = this.#clock.setTimer(drainTimeoutMs + lastCallsMs, () => timeout.abort());
    this.#log.info({ timeoutMs: drainTimeoutMs }, "Draining");
    this.#serving.set("not-serving");
    this.#grpc.stopAccepting();
    await this.#core.drain({ timeoutMs: drainTimeoutMs });
    await this.#core[Symbol.asyncDispose]();
    this.#serving.end();
    await this.#grpc.drain(timeout);
    timer.cancel();
    this.#log.info({}, "Drained");
  }
}

/** What the last answers may take to go out, once everything else has ended. */
const lastCallsMs = 2000;

function createCore(configuration: Configuration, { log, clock }: Required<ServerOptions>): Core {
  const { channel, watch, types } = configuration;
  const store = createMemoryStore({ history: watch.ring });
  return new Core({
    engine: createLocalEngine({ store, clock, ...channel }),
    runner: createRunner({
      works: new Map(types.map(({ type, work }) => [type.name, work])),
      clock,
      log: { write: ({ message, timeMs: _timeMs, ...run }) => log.info(run, message) },
    }),
    tokens: createTokens(configuration.rate, clock),
    types: types.map(({ type }) => type),
    clock,
    watch,
  });
}

function createTokens(rate: Configuration["rate"], clock: Clock): TokenSource {
  if (rate === "unlimited") return unlimitedTokens;
  const limiter = new TokenBucketLimiter({ rate: rate.perSecond, burst: rate.burst, clock });
  return limiter.bucket("commands");
}
