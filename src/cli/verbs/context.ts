import { checkedAddress } from "../address.ts";
import { type Contexts, contextsPath, readContexts, writeContexts } from "../contexts/contexts-file.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { print } from "../output/print.ts";
import { dim } from "../output/style.ts";
import { defaultAddress, defaultContext } from "../server-address.ts";

export interface ContextOptions {
  readonly json?: boolean;
}

/** Lists the servers that have names, and which of them is asked. */
export function list({ json = false }: ContextOptions): void {
  const { current = defaultContext, contexts } = readContexts();
  const known = [[defaultContext, { address: defaultAddress }] as const, ...contexts].map(
    ([name, { address }]) => ({ name, address, current: name === current }),
  );
  if (json) {
    print(JSON.stringify({ file: contextsPath(), contexts: known }, null, 2));
    return;
  }
  const width = Math.max(...known.map(({ name }) => name.length));
  print(
    ...known.map(({ name, address, current }) => `${current ? "*" : " "} ${name.padEnd(width)}  ${address}`),
  );
  print(dim(whatWins()));
}

/** From now on this one is asked. */
export function use(name: string, options: ContextOptions): void {
  const known = readContexts();
  const address = name === defaultContext ? defaultAddress : known.contexts.get(name)?.address;
  if (address === undefined) throw unknownContext(name, known);
  write({ ...known, current: name === defaultContext ? undefined : name });
  tell(`Asked from now on: ${name}, ${address}`, { name, address, current: true }, options);
  if (!options.json) print(dim(whatWins()));
}

export interface SetOptions extends ContextOptions {
  readonly address: string;
  readonly use?: boolean;
}

/** Gives a server a name, or a name another server. */
export function set(name: string, { address, use: inUse = false, json = false }: SetOptions): void {
  if (name === defaultContext)
    throw new CliError(exitCode.usage, `${defaultContext} is always ${defaultAddress}: take another name`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new CliError(exitCode.usage, `Not a name of letters, digits and ._-: ${name}`);
  const known = readContexts();
  const context = { address: checkedAddress(address) };
  const current = inUse ? name : known.current;
  write({ ...known, current, contexts: new Map([...known.contexts, [name, context]]) });
  const isAsked = current === name;
  const hint = isAsked
    ? "asked from now on"
    : `ask it with --context ${name}, or always after jobctl context use ${name}`;
  tell(`${name} is ${address}: ${hint}`, { name, address, current: isAsked }, { json });
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

function write(contexts: Contexts): void {
  try {
    writeContexts(contexts);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCode.refused, `Cannot write the contexts: ${problem}`);
  }
}

function tell(text: string, json: object, options: ContextOptions): void {
  print(options.json ? JSON.stringify(json) : text);
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
