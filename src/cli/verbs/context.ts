import { CliError, exitCode } from "../exit-code.ts";
import { jsonText } from "../output/json-text.ts";
import { print } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { problemOf } from "../problem.ts";
import { type AccessOptions, withAccess } from "../server/access.ts";
import { readAddress } from "../server/address.ts";
import type { Context } from "../server/context.ts";
import { contextsPath, readContexts, writeContexts } from "../server/contexts-file.ts";
import type { Contexts } from "../server/contexts-format.ts";
import { defaultAddress, defaultContext } from "../server/server.ts";

export interface ContextOptions {
  readonly json?: boolean;
}

/** Lists the servers that have names, and which of them is asked. */
export function list({ json = false }: ContextOptions): void {
  const { current = defaultContext, contexts } = readContexts();
  const all: readonly (readonly [string, Context])[] = [
    [defaultContext, { address: defaultAddress }],
    ...contexts,
  ];
  const known = all.map(([name, context]) => ({ name, current: name === current, ...shown(context) }));
  if (json) {
    print(jsonText({ file: contextsPath(), contexts: known }, 2));
    return;
  }
  const width = Math.max(...all.map(([name]) => name.length));
  print(
    ...all.map(
      ([name, context]) => `${name === current ? "*" : " "} ${name.padEnd(width)}  ${described(context)}`,
    ),
  );
  print(dim(whatWins()));
}

/** From now on this one is asked. */
export function use(name: string, options: ContextOptions): void {
  const known = readContexts();
  const context = name === defaultContext ? { address: defaultAddress } : known.contexts.get(name);
  if (context === undefined) throw unknownContext(name, known);
  write({ ...known, current: name === defaultContext ? undefined : name });
  const json = { name, current: true, ...shown(context) };
  tell(`Asked from now on: ${name}, ${described(context)}`, json, options);
  if (!options.json) print(dim(whatWins()));
}

export interface SetOptions extends ContextOptions, AccessOptions {
  /** Unset: the name's server stays, and only what else is said of it changes. */
  readonly address?: string;
  readonly use?: boolean;
}

/** Gives a server a name, or says how the server of a name is called. */
export async function set(name: string, options: SetOptions): Promise<void> {
  const { address, use: inUse = false } = options;
  if (name === defaultContext)
    throw new CliError(exitCode.usage, `${defaultContext} is always ${defaultAddress}: take another name`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new CliError(exitCode.usage, `Not a name of letters, digits and ._-: ${name}`);
  const known = readContexts();
  // A token is for the server that it was given for: another address begins anew.
  const before = address === undefined ? known.contexts.get(name) : readAddress(address);
  if (before === undefined) throw new CliError(exitCode.usage, `--address says where ${name} is`);
  const context = withAccess(before, options);
  // What cannot be used is better told now than at the first call.
  const { connect } = await import("../server/connect.ts");
  connect(context, 0)[Symbol.dispose]();
  const current = inUse ? name : known.current;
  write({ ...known, current, contexts: new Map([...known.contexts, [name, context]]) });
  const isAsked = current === name;
  const hint = isAsked
    ? "asked from now on"
    : `ask it with --context ${name}, or always after jobctl context use ${name}`;
  const json = { name, current: isAsked, ...shown(context) };
  tell(`${name} is ${described(context)}: ${hint}`, json, options);
}

/** Forgets a name. */
export function remove(name: string, options: ContextOptions): void {
  const known = readContexts();
  const contexts = new Map(known.contexts);
  if (!contexts.delete(name)) throw unknownContext(name, known);
  const wasAsked = known.current === name;
  write({ current: wasAsked ? undefined : known.current, contexts });
  const hint = wasAsked ? `; asked from now on: ${defaultContext}, ${defaultAddress}` : "";
  tell(`Removed: ${name}${hint}`, { name, removed: true }, options);
}

/** A token is written and sent, and never shown. */
function shown({ address, tls, token }: Context): object {
  return { address, tls: tls ?? false, token: token !== undefined };
}

function described({ address, tls, token }: Context): string {
  return `${address}${tls === undefined ? "" : ", TLS"}${token === undefined ? "" : ", token"}`;
}

function write(contexts: Contexts): void {
  try {
    writeContexts(contexts);
  } catch (error) {
    throw new CliError(exitCode.refused, `Cannot write the contexts: ${problemOf(error)}`);
  }
}

function tell(text: string, json: object, options: ContextOptions): void {
  print(options.json ? jsonText(json) : text);
}

function unknownContext(name: string, { contexts }: Contexts): CliError {
  if (name === defaultContext) return new CliError(exitCode.usage, `${defaultContext} cannot be removed`);
  const known = [...contexts.keys()].join(", ");
  const hint = known === "" ? "jobctl context set makes one" : `there are: ${defaultContext}, ${known}`;
  return new CliError(exitCode.usage, `No such context: ${name} (${hint})`);
}

/** Who has set a variable would wonder otherwise. */
function whatWins(): string {
  const { JOBCONTROL_ADDRESS: address, JOBCONTROL_CONTEXT: context } = process.env;
  if (address) return `JOBCONTROL_ADDRESS is set, and wins: ${address}`;
  return context ? `JOBCONTROL_CONTEXT is set, and wins: ${context}` : "";
}
