import type { Clock } from "../async/clock.ts";
import type { JobStore } from "../engine/local/job-store.ts";
import { createMemoryStore } from "../engine/local/memory-store.ts";
import { createSqliteStore } from "../engine/local/sqlite/sqlite-store.ts";
import type { StoreHealth } from "../engine/local/sqlite/store-requests.ts";
import type { Configuration } from "./configuration/configuration.ts";
import type { Log } from "./log.ts";

export interface StoreSurroundings {
  readonly log: Log;
  readonly clock: Clock;
  /** Told whenever it changes whether the store can be written. */
  readonly onWritable: (isWritable: boolean) => void;
}

/** The store that the configuration asks for. What becomes of it is logged. */
export function createStore(
  { store, watch }: Configuration,
  { log, clock, onWritable }: StoreSurroundings,
): JobStore {
  const kept = { history: watch.ring, clock };
  if (store === "memory:") return createMemoryStore(kept);
  const onHealth = (health: StoreHealth, cause?: string) => {
    logHealth(log, health, cause);
    onWritable(health === "writable");
  };
  return createSqliteStore({ ...kept, ...store, onHealth });
}

function logHealth(log: Log, health: StoreHealth, cause: string | undefined): void {
  if (health === "writable") log.info({}, "Store can be written again");
  else if (health === "full") log.error({ cause }, "Disk is full: jobs can be stopped, not started");
  else log.error({ cause }, "Store cannot be written");
}
