import { flushCompileCache } from "node:module";
import {
  type ConfigurationSources,
  loadAuthentication,
  loadConfiguration,
} from "../../server/configuration/load-configuration.ts";
import { JobControlServer } from "../../server/job-control-server.ts";
import { createLog, type Log } from "../../server/log.ts";
import { PortInUseError } from "../../server/port/tcp-listener.ts";
import type { RenewedAuthentication } from "../../server/security.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { problemOf } from "../problem.ts";
import { isStoreError, refuseUnusable } from "../unusable.ts";

export interface ServeOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly store?: string;
  readonly log?: string;
  /** Short for `--log json`; with `check`, the answer as JSON. */
  readonly json?: boolean;
  /** Tells whether it could be served, and ends. */
  readonly check?: boolean;
}

/**
 * Runs the service. Ready is one line on stdout; the log goes to stderr. The first SIGTERM or SIGINT drains and ends
 * with 0, as an operator's Drain does; a second one ends at once with 1. Where there are certificates or tokens,
 * SIGHUP has them read anew.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, listen, store, log: format, json, check } = options;
  const { env } = process;
  const flags = { listen, store, log: json ? "json" : format };
  const sources = { file: config, cwd: process.cwd(), env, flags };
  if (check) return (await import("./check.ts")).check(sources, options);
  const { JOBCONTROL_LOG: usual } = env;
  const configuration = await loadConfiguration(sources).catch((error: unknown) =>
    refuse(error, flags.log ?? usual),
  );
  const log = createLog({ format: configuration.log, write });
  const server = new JobControlServer(configuration, { log });
  drainOnSignal(server, log);
  reloadOnHangUp(server, { sources, log });
  keepServing(log);
  const started = server.start().catch(async (error: unknown) => {
    await server[Symbol.asyncDispose]();
    return refuse(error, configuration.log);
  });
  const port = await Promise.race([started, server.drained.then(() => undefined)]);
  if (port !== undefined) tellReady(`${hostOf(configuration.listen.host)}:${port}`);
  const failed = server.failure.then((error) => Promise.reject(error));
  await Promise.race([server.drained, failed]).catch((err: unknown) => {
    // Not as where it could not be opened: who starts it anew is told then whether it can be.
    if (isStoreError(err)) refuse(new CliError(exitCode.refused, err.message), configuration.log);
    log.error({ err }, "Ended by a fault of its own");
    process.exit(exitCode.refused);
  });
  process.exit(exitCode.ok);
}

function write(line: string): void {
  process.stderr.write(line);
}

function drainOnSignal(server: JobControlServer, log: Log): void {
  let asked = false;
  const onSignal = () => {
    if (asked) {
      log.warn({}, "Ended at once: asked a second time");
      process.exit(exitCode.refused);
    }
    asked = true;
    void server.drain();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

interface Reloading {
  readonly sources: ConfigurationSources;
  readonly log: Log;
}

/** As daemons do. Where there is nothing to reload, a terminal that is closed ends the server, as it ends any program. */
function reloadOnHangUp(server: JobControlServer, reloading: Reloading): void {
  if (!server.hasSecrets && process.stderr.isTTY) return;
  process.on("SIGHUP", () => void server.reload(() => renewed(reloading)));
}

/** Who may call, as the configuration has it now, if it can be used. */
async function renewed({ sources, log }: Reloading): ReturnType<RenewedAuthentication> {
  try {
    return { auth: await loadAuthentication(sources) };
  } catch (error) {
    log.error({ because: problemOf(error) }, "The configuration stays as it was");
    return undefined;
  }
}

/**
 * A function job shares the process. What it throws where nobody can catch it (in a timer or a listener of its own)
 * ends neither the server nor other jobs; it is logged. Nor does it matter if nobody reads the log any more: to log
 * that as well would never end.
 */
function keepServing(log: Log): void {
  process.on("uncaughtException", (err, origin) =>
    log.error({ err, origin }, "Uncaught, outside of any call or run"),
  );
  process.stderr.on("error", () => {});
}

/** Functions find the true address in the environment, whichever way it was given. Processes inherit nothing. */
function tellReady(address: string): void {
  Object.assign(process.env, { JOBCONTROL_LISTEN: address });
  process.stdout.write(`jobcontrol listening on ${address}\n`);
  // Also a server that is killed later leaves the next one a quick start.
  flushCompileCache();
}

/** Who reads the log as JSON finds there, too, why it has not started. */
function refuse(error: unknown, format: string | undefined): never {
  try {
    return refuseStart(error);
  } catch (refusal) {
    if (format !== "json" || !(refusal instanceof CliError)) throw refusal;
    createLog({ format, write }).error({ exitCode: refusal.exitCode }, refusal.message);
    process.exit(refusal.exitCode);
  }
}

function refuseStart(error: unknown): never {
  if (error instanceof PortInUseError) throw new CliError(exitCode.port, error.message);
  if (isBindError(error)) throw new CliError(exitCode.usage, `Cannot listen: ${error.message}`);
  return refuseUnusable(error);
}

/** No such address here, or a port that this user may not take. */
function isBindError(error: unknown): error is Error {
  return (
    error instanceof Error && "syscall" in error && /^(listen|bind|getaddrinfo)/.test(String(error.syscall))
  );
}

function hostOf(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
