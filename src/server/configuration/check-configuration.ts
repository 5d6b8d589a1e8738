import type { Configuration } from "./configuration.ts";
import { ConfigurationError, type Place, type Problem } from "./configuration-error.ts";
import { type ConfigurationSources, loadWithPositions } from "./load-configuration.ts";
import { locate, located } from "./positions.ts";
import { inspectStore, Surroundings } from "./surroundings.ts";

/** What can be known of a configuration without starting a server. */
export interface ConfigurationReport {
  /** Unset where it cannot be used. */
  readonly configuration?: Configuration;
  /** What keeps it from being used; empty where it can be. */
  readonly problems: readonly Problem[];
  /** What keeps no server from starting, but a run from beginning, as the machine is now. */
  readonly warnings: readonly Problem[];
}

/**
 * Looks at all that a configuration says, and at what it needs of this machine. The modules of functions and threads are
 * loaded, so what stands outside of their `run` is carried out; no port is opened, and no store.
 */
export async function checkConfiguration(sources: ConfigurationSources): Promise<ConfigurationReport> {
  const surroundings = new Surroundings();
  try {
    const { configuration, positions } = await loadWithPositions(sources, (work, place) =>
      surroundings.inspectWork(work, place),
    );
    try {
      inspectStore(configuration.store, placeOfStore(sources, configuration));
    } catch (error) {
      throw error instanceof ConfigurationError ? located(error, positions) : error;
    }
    return { configuration, problems: [], warnings: locate(surroundings.warnings, positions) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems, warnings: [] };
  }
}

/** What has said where the store is. */
function placeOfStore({ flags, env }: ConfigurationSources, { file }: Configuration): Place {
  const { JOBCONTROL_STORE: variable = "" } = env;
  if (flags.store !== undefined) return { field: "--store" };
  return variable === "" ? { file, field: "store" } : { field: "JOBCONTROL_STORE" };
}
