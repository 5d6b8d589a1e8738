import { ConfigurationError } from "../../server/configuration/configuration-error.ts";
import { loadConfiguration } from "../../server/configuration/load-configuration.ts";
import { PortInUseError } from "../../server/grpc/tcp-listener.ts";
import { JobControlServer } from "../../server/job-control-server.ts";
import { createLog, type Log } from "../../server/log.ts";
import { CliError, exitCode } from "../exit-code.ts";

export interface ServeOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly store?: string;
  readonly log?: string;
}

/**
 * Runs the service. Ready is one line on stdout; the log goes to stderr. The first SIGTERM or SIGINT drains and ends
 * with 0, a second one ends at once with 1.
 */
export async function serve({ config, listen, store, log: format }: ServeOptions): Promise<void> {
  const { env } = process;
  const flags = { listen, store, log: format };
  const configuration = await loadConfiguration({ file: config, cwd: process.cwd(), env, flags }).catch(
    refuse,
  );
  const log = createLog({ format: configuration.log, write: (line) => process.stderr.write(line) });
  const server = new JobControlServer(configuration, { log });
  const stopped = Promise.withResolvers<void>();
  drainOnSignal(server, stopped);
  keepServing(log);
  const port = await server.start().catch(async (error: unknown) => {
    await server[Symbol.asyncDispose]();
    return refuse(error);
  });
  process.stdout.write(`jobcontrol listening on ${hostOf(configuration.listen.host)}:${port}\n`);
  void server.failure.then(stopped.reject);
  await stopped.promise;
  process.exit(exitCode.ok);
}

function drainOnSignal(server: JobControlServer, { resolve, reject }: PromiseWithResolvers<void>): void {
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(1);
    asked = true;
    server.drain().then(resolve, reject);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/**
 * A function job shares the process. What it throws where nobody can catch it (in a timer or a listener of its own)
 * ends neither the server nor other jobs; it is logged.
 */
function keepServing(log: Log): void {
  process.on("uncaughtException", (err, origin) =>
    log.error({ err, origin }, "Uncaught, outside of any call or run"),
  );
}

function refuse(error: unknown): never {
  if (error instanceof ConfigurationError) throw new CliError(exitCode.usage, error.message);
  if (error instanceof PortInUseError) throw new CliError(exitCode.port, error.message);
  throw error;
}

function hostOf(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
