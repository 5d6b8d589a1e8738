import type { FullMode } from "../../channel/index.ts";
import type { Priority } from "../../job/command.ts";
import type { JobType } from "../../job/job-type.ts";
import type { Work } from "../../runner/work.ts";
import type { ListenAddress } from "./listen-address.ts";

/** The configuration as the server uses it: checked, complete, and frozen. `loadConfiguration()` makes it. */
export interface Configuration {
  /** The file it comes from, as an absolute path; unset where it is no file's. */
  readonly file?: string | undefined;
  readonly listen: ListenAddress;
  readonly store: StoreConfiguration;
  readonly channel: ChannelConfiguration;
  readonly rate: "unlimited" | RateConfiguration;
  readonly watch: WatchConfiguration;
  readonly drainTimeoutMs: number;
  readonly web: WebConfiguration;
  readonly log: "pretty" | "json";
  /** In the order of the file. */
  readonly types: readonly DeclaredType[];
}

/** In memory, or in a SQLite file, whose path is absolute. */
export type StoreConfiguration = "memory:" | { readonly file: string };

export interface ChannelConfiguration {
  /** How many callers may wait for room, in each lane. */
  readonly maxWaiters: number;
  /** From how full on a lane makes the channel degraded, as a share of its capacity. */
  readonly degradedAt: number;
  /** All four, best first. */
  readonly lanes: readonly LaneConfiguration[];
}

export interface LaneConfiguration {
  readonly priority: Priority;
  readonly capacity: number;
  readonly fullMode: FullMode;
}

export interface RateConfiguration {
  readonly perSecond: number;
  readonly burst: number;
}

export interface WatchConfiguration {
  /** How many changes are kept. */
  readonly ring: number;
  readonly maxWatchers: number;
  readonly bookmarkMs: number;
}

export interface WebConfiguration {
  /** Names besides those of loopback by which it may be asked over HTTP/1.1, as in a URL, without ports. */
  readonly hosts: readonly string[];
  /** Pages elsewhere that may ask. */
  readonly origins: readonly string[];
  /** Of HTTP/1.1, at a time. */
  readonly maxConnections: number;
}

/** A declared job type, and the work that the runner does for it. */
export interface DeclaredType {
  readonly type: JobType;
  readonly work: Work;
  /** Does the work of the type where that has failed for good, or is not tried. */
  readonly fallback?: Work | undefined;
}
