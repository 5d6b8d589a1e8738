import { createTracing } from "../../telemetry/open-telemetry/create-tracing.ts";
import type { Config } from "../configuration/define-config.ts";
import { checkedConfiguration } from "../configuration/load-configuration.ts";
import { type DrainOptions, JobControlServer } from "../job-control-server.ts";
import { createLog, type Log } from "../log.ts";
import { createInProcessClient, type InProcessClient } from "./in-process-client.ts";

export interface EmbeddingOptions {
  /** From which relative paths of the configuration are taken. Default: the working directory */
  readonly folder?: string | undefined;
  /** Default: short lines, or JSON where the configuration says so, on stderr */
  readonly log?: Log | undefined;
}

/**
 * jobcontrol inside of a program: its jobs run here, and are controlled and watched by calls that leave no process.
 * `await using` ends it at once; `drain` in peace.
 */
export interface JobControl extends InProcessClient, AsyncDisposable {
  /** Resolves with the error that ended it from within, should that ever happen. */
  readonly failure: Promise<unknown>;
  /** Applies what waits, and ends the runs by their grace. Resolves when all is at rest; nothing can be called then. */
  drain(options?: DrainOptions): Promise<void>;
}

/** The same, with the port open for other processes: their calls and those from here meet in one channel. */
export interface ServedJobControl extends JobControl {
  /** `host:port` */
  readonly address: string;
}

/**
 * Creates one without a door; `listen` is not used. Rejects with a `ConfigurationError` that names what is wrong, or
 * with a `StoreError`.
 */
export async function createJobControl(config: Config, options: EmbeddingOptions = {}): Promise<JobControl> {
  const { server } = await created(config, options);
  try {
    await server.begin();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return handleOf(server);
}

/** Creates one and opens its port. Rejects also with a `PortInUseError`. */
export async function serveJobControl(
  config: Config,
  options: EmbeddingOptions = {},
): Promise<ServedJobControl> {
  const { server, host } = await created(config, options);
  try {
    const port = await server.start();
    return { ...handleOf(server), address: `${host.includes(":") ? `[${host}]` : host}:${port}` };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function created(config: Config, { folder = process.cwd(), log }: EmbeddingOptions) {
  const configuration = await checkedConfiguration(config, { folder });
  const write = (line: string) => process.stderr.write(line);
  const server = new JobControlServer(configuration, {
    log: log ?? createLog({ format: configuration.log, write }),
  });
  return { server, host: configuration.listen.host };
}

function handleOf(server: JobControlServer): JobControl {
  return {
    ...createInProcessClient(server.services, createTracing()),
    failure: server.failure,
    drain: (options) => server.drain(options),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
