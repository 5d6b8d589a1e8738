import type { FullMode } from "../../channel/index.ts";
import type { Priority } from "../../job/command.ts";
import type { JobType } from "../../job/job-type.ts";
import type { Role } from "../../rpc/roles.ts";
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
  /** Unset: plain text, on loopback only. */
  readonly tls?: TlsConfiguration | undefined;
  /** Unset: who can reach the port may do everything, which nobody can from beyond loopback. */
  readonly auth?: AuthConfiguration | undefined;
  /** How much each client may ask. Unset: as much as it likes. */
  readonly admission?: RateConfiguration | undefined;
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

/** Somebody in front of the port does it (`terminated`), or the port itself, with these files. Their paths are absolute. */
export type TlsConfiguration = "terminated" | TlsFiles;

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Whose signature makes a client's certificate count. Unset: none is asked for. */
  readonly clientCa?: string | undefined;
  /** False: a client may also come without. */
  readonly isClientCertRequired: boolean;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

export interface AuthConfiguration {
  readonly tokens: readonly TokenConfiguration[];
  readonly certificates: readonly CertificateConfiguration[];
}

/** Tokens by their SHA-256, in hexadecimal, or the file that holds them. */
export type TokenConfiguration = { readonly name: string; readonly role: Role } & (
  | { readonly sha256: readonly string[] }
  | { readonly file: string }
);

export interface CertificateConfiguration {
  readonly name: string;
  readonly role: Role;
  /** As `certificateNames()` has it. */
  readonly match: string;
}

/** A declared job type, and the work that the runner does for it. */
export interface DeclaredType {
  readonly type: JobType;
  readonly work: Work;
  /** Does the work of the type where that has failed for good, or is not tried. */
  readonly fallback?: Work | undefined;
}
