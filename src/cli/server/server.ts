import { CliError, exitCode } from "../exit-code.ts";
import { type AccessOptions, withAccess } from "./access.ts";
import { readAddress } from "./address.ts";
import type { Context } from "./context.ts";

/** What a caller says of the server that he means. */
export interface ServerOptions extends AccessOptions {
  /** `host:port` */
  readonly address?: string | undefined;
  /** The name of a context. */
  readonly context?: string | undefined;
}

/** The server that is called. */
export interface Server extends Context {
  /** The context that has named it. */
  readonly context?: string | undefined;
}

export const defaultAddress = "127.0.0.1:50051";

/** The name of the context that is always there: the server of this machine, at `defaultAddress`. */
export const defaultContext = "default";

/**
 * Which server is meant: an address wins over a context, a flag over a variable, and these over the context in use.
 * What a context says stands alone: an address is not called with its token, nor it with the token of `JOBCONTROL_TOKEN`.
 * Flags go on top of either. The file of contexts is read only where one of them decides.
 */
export async function serverOf(
  options: ServerOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Server> {
  return withAccess(await named(options, env), options);
}

async function named({ address, context }: ServerOptions, env: NodeJS.ProcessEnv): Promise<Server> {
  const { JOBCONTROL_ADDRESS: envAddress, JOBCONTROL_CONTEXT: envContext } = env;
  if (address !== undefined) return at(address, env);
  if (context !== undefined) return contextNamed(context, env);
  if (envAddress) return at(envAddress, env);
  return contextNamed(envContext || undefined, env);
}

function at(address: string, { JOBCONTROL_TOKEN: token }: NodeJS.ProcessEnv): Server {
  return { ...readAddress(address), ...(token && { token }) };
}

/** The server of a context, or without a name of the one that is in use. */
async function contextNamed(asked: string | undefined, env: NodeJS.ProcessEnv): Promise<Server> {
  if (asked === defaultContext) return at(defaultAddress, env);
  const { contextsPath, readContexts } = await import("./contexts-file.ts");
  const { current, contexts } = readContexts(contextsPath(env));
  const name = asked ?? current;
  if (name === undefined || name === defaultContext) return at(defaultAddress, env);
  const context = contexts.get(name);
  if (context !== undefined) return { ...context, context: name };
  const known = [defaultContext, ...contexts.keys()].join(", ");
  throw new CliError(exitCode.usage, `No such context: ${name} (there are: ${known})`);
}
