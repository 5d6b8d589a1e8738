import { checkedAddress } from "./address.ts";
import { CliError, exitCode } from "./exit-code.ts";

/** What a caller says of the server that he means. */
export interface Whereabouts {
  /** `host:port` */
  readonly address?: string | undefined;
  /** The name of a context. */
  readonly context?: string | undefined;
}

/** The server that is called. */
export interface ServerAddress {
  readonly address: string;
  /** The context that has named it. */
  readonly context?: string | undefined;
}

export const defaultAddress = "127.0.0.1:50051";

/** The name of the context that is always there: the server of this machine, at `defaultAddress`. */
export const defaultContext = "default";

/**
 * Which server is meant: an address wins over a context, a flag over a variable, and these over the context in use.
 * The file of contexts is read only where one of them decides.
 */
export async function serverAddress(
  { address, context }: Whereabouts,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ServerAddress> {
  const { JOBCONTROL_ADDRESS: envAddress, JOBCONTROL_CONTEXT: envContext } = env;
  if (address !== undefined) return { address: checkedAddress(address) };
  if (context !== undefined) return contextAddress(context, env);
  if (envAddress) return { address: checkedAddress(envAddress) };
  return contextAddress(envContext || undefined, env);
}

/** Where a context is, or without a name the one that is in use. */
async function contextAddress(asked: string | undefined, env: NodeJS.ProcessEnv): Promise<ServerAddress> {
  if (asked === defaultContext) return { address: defaultAddress };
  const { contextsPath, readContexts } = await import("./contexts/contexts-file.ts");
  const { current, contexts } = readContexts(contextsPath(env));
  const name = asked ?? current;
  if (name === undefined || name === defaultContext) return { address: defaultAddress };
  const context = contexts.get(name);
  if (context !== undefined) return { address: context.address, context: name };
  const known = [defaultContext, ...contexts.keys()].join(", ");
  throw new CliError(exitCode.usage, `No such context: ${name} (there are: ${known})`);
}
