import { dirname } from "node:path";
import type * as v from "valibot";
import { type AskedFile, findConfigFile, readConfigFile } from "./config-file.ts";
import { configSchema } from "./config-schema.ts";
import type { Configuration, StoreConfiguration } from "./configuration.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { declaredTypes } from "./declared-types.ts";
import type { InspectWork, TypesSource } from "./declared-work.ts";
import { everyStep } from "./every-step.ts";
import { check, isPlainObject, type Wrong } from "./expectation.ts";
import { exposureProblem } from "./exposure.ts";
import { channelOf } from "./lanes.ts";
import { listenSchema, logSchema, storeSchema } from "./overridable.ts";
import { located, type ReadText } from "./positions.ts";
import { securityOf } from "./security-of.ts";
import { storeOf } from "./store-url.ts";

export interface ConfigurationSources {
  /** What `--config` says. */
  readonly file?: string | undefined;
  /** The working directory: the default files are looked for there, and what flags and variables name is taken from there. */
  readonly cwd: string;
  /** `JOBCONTROL_CONFIG`, `_LISTEN`, `_STORE` and `_LOG`; an empty one counts as not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `--listen`, `--store` and `--log` say. */
  readonly flags: Flags;
}

export interface Flags {
  readonly listen?: string | undefined;
  readonly store?: string | undefined;
  readonly log?: string | undefined;
}

/**
 * Reads the configuration: flags win over environment variables, and these over the file. It imports the
 * functions that job types name, so their modules are loaded when it resolves. Rejects with a
 * `ConfigurationError` that names what is wrong; the file is checked as a whole, also where a flag wins.
 */
export async function loadConfiguration(sources: ConfigurationSources): Promise<Configuration> {
  return (await loadWithPositions(sources)).configuration;
}

/** A configuration, and where its file says what. */
export interface LoadedConfiguration {
  readonly configuration: Configuration;
  readonly positions: ReadText["positions"];
}

/** As `loadConfiguration`; each work that is declared is also inspected where that is asked for. */
export async function loadWithPositions(
  sources: ConfigurationSources,
  inspectWork?: InspectWork,
): Promise<LoadedConfiguration> {
  const file = findConfigFile(sources.cwd, askedFile(sources));
  const { said, positions } = await readConfigFile(file);
  const { env } = sources;
  const [configuration, listen, store, log] = await everyStep([
    () =>
      checkedConfiguration(said, { file, folder: dirname(file), env, inspectWork }).catch(
        (error: unknown) => {
          throw error instanceof ConfigurationError ? located(error, positions) : error;
        },
      ),
    () => override(sources, "listen", listenSchema),
    () => override(sources, "store", storeSchema),
    () => override(sources, "log", logSchema),
  ]);
  const problem = listen && exposureProblem({ ...configuration, listen });
  if (problem !== undefined) throw new ConfigurationError({ field: overriding(sources, "listen") }, problem);
  const complete = frozen({
    ...configuration,
    listen: listen ?? configuration.listen,
    store: store === undefined ? configuration.store : storeOf(store, sources.cwd),
    log: log ?? configuration.log,
  });
  return { configuration: complete, positions };
}

/** Where a configuration comes from. */
export interface ConfigurationOrigin extends TypesSource {
  /** Where tokens may be. Default: that of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A configuration as somebody wrote it, checked and completed. Rejects as `loadConfiguration` does. */
export async function checkedConfiguration(
  input: unknown,
  origin: ConfigurationOrigin,
): Promise<Configuration> {
  const { file, folder } = origin;
  const onWrong = ({ field, problem }: Wrong) =>
    new ConfigurationError({ file, field: field === "" ? undefined : field }, problem);
  const [{ checked, channel, security }, types] = await everyStep([
    async () => {
      const checked = check(configSchema, input, onWrong);
      const [channel, security] = await everyStep([
        () => channelOf(checked.channel, onWrong),
        () => securityOf(checked, { ...origin, onWrong }),
      ]);
      return { checked, channel, security };
    },
    () => declaredTypes(typesIn(input), origin),
  ]);
  const { listen, rate, watch, drain } = checked;
  return frozen({
    file,
    listen,
    ...security,
    admission: checked.admission,
    store: storeOf(checked.store, folder),
    log: checked.log,
    channel,
    rate,
    watch: { ring: watch.ring, maxWatchers: watch.maxWatchers, bookmarkMs: watch.bookmark },
    drainTimeoutMs: drain.timeout,
    web: checked.web,
    types,
  });
}

/** So that they can be looked at also where something else is wrong. */
function typesIn(input: unknown): Record<string, unknown> {
  const { types } = isPlainObject(input) ? input : {};
  return isPlainObject(types) ? types : {};
}

/**
 * The store alone, for who has to do with nothing else. Where a flag or a variable names it there need be no file.
 * Rejects with a `ConfigurationError`, as `loadConfiguration` does.
 */
export async function configuredStore(sources: ConfigurationSources): Promise<StoreConfiguration> {
  const asked = override(sources, "store", storeSchema);
  return asked === undefined ? (await loadConfiguration(sources)).store : storeOf(asked, sources.cwd);
}

/**
 * Who may call, as the file has it now; nothing that a job does is loaded. A configuration that is a module says what it said when it
 * was imported first. Rejects with a `ConfigurationError`, also where something else in the file is wrong.
 */
export async function loadAuthentication(sources: ConfigurationSources): Promise<Configuration["auth"]> {
  const file = findConfigFile(sources.cwd, askedFile(sources));
  const { said, positions } = await readConfigFile(file);
  const onWrong = ({ field, problem }: Wrong) => new ConfigurationError({ file, field }, problem);
  try {
    const checked = check(configSchema, said, onWrong);
    const { auth } = await securityOf(checked, { file, folder: dirname(file), env: sources.env, onWrong });
    return frozen(auth);
  } catch (error) {
    throw error instanceof ConfigurationError ? located(error, positions) : error;
  }
}

function askedFile({ file, env }: ConfigurationSources): AskedFile | undefined {
  if (file !== undefined) return { path: file, field: "--config" };
  const { JOBCONTROL_CONFIG: path = "" } = env;
  return path === "" ? undefined : { path, field: "JOBCONTROL_CONFIG" };
}

/** What a flag or else an environment variable says of a setting, checked; undefined where neither does. */
function override<Schema extends v.GenericSchema>(
  { flags, env }: ConfigurationSources,
  name: keyof Flags,
  schema: Schema,
): v.InferOutput<Schema> | undefined {
  const input = flags[name] ?? (env[variableOf(name)] || undefined);
  if (input === undefined) return undefined;
  const field = overriding({ flags }, name);
  return check(schema, input, ({ problem }) => new ConfigurationError({ field }, problem));
}

/** What has said a setting, where that was not the file. */
function overriding({ flags }: Pick<ConfigurationSources, "flags">, name: keyof Flags): string {
  return flags[name] === undefined ? variableOf(name) : `--${name}`;
}

function variableOf(name: keyof Flags): string {
  return `JOBCONTROL_${name.toUpperCase()}`;
}

/** Freezes an object and all in it that is plain data. */
function frozen<T>(value: T): T {
  if (Array.isArray(value) || isPlainObject(value)) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}
